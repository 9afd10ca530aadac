//! Dialed phones: alone, together, one after the other, with a whisper.

use super::site::Asked;
use super::site::BASE;
use super::site::Says;
use super::site::s;
use super::site::scene;
use super::site::xml;
use crate::demo::carrier::AtWhisper;
use crate::demo::carrier::Behaviour;
use crate::demo::carrier::End;
use crate::demo::carrier::Event;
use crate::demo::carrier::HttpExchange;
use crate::demo::carrier::Kind;
use crate::demo::carrier::Pickup;
use crate::demo::carrier::Purpose;
use crate::demo::carrier::Script;
use crate::demo::carrier::Side;
use crate::demo::carrier::Status;
use crate::demo::carrier::Transcript;
use crate::demo::carrier::Voice;

const ONE: &str = "+13055550001";
const TWO: &str = "+13055550002";

fn script() -> Script {
    Script::new("+13055550123", "+18005550100")
}

/// A site that dials and whispers; key 1 accepts.
fn site(attributes: &str, nouns: &[(&str, &str)]) -> impl Fn(&Asked) -> Says + use<> {
    let leg = |(place, (number, more)): (usize, &(&str, &str))| {
        format!(
            "<Number {more} statusCallback=\"{{}}/leg/{place}\" statusCallbackEvent=\"initiated \
             ringing answered completed\">{number}</Number>"
        )
    };
    let nouns: String = nouns.iter().enumerate().map(leg).collect();
    let dial = format!("<Dial action=\"{{}}/dialled\" {attributes}>{nouns}</Dial>");
    move |asked| match asked.path.as_str() {
        "/voice" => xml(&dial),
        "/whisper" => {
            xml("<Gather action=\"{}/accept\" numDigits=\"1\" timeout=\"3\"><Say>Press 1.</Say>\
             </Gather><Hangup/>")
        }
        "/accept" if asked.param("Digits") == "1" => xml(""),
        "/accept" | "/dialled" => xml("<Hangup/>"),
        _ => Says::Status(204),
    }
}

const WHISPER: &str = "url=\"https://calls.example.test/whisper\"";

fn action(transcript: &Transcript) -> &HttpExchange {
    transcript.sent(Purpose::Document).find(|sent| sent.url.ends_with("/dialled")).unwrap()
}

/// Returns status and sequence of a leg's callbacks.
fn progress(transcript: &Transcript, place: usize) -> Vec<(String, String)> {
    let url = format!("{BASE}/leg/{place}");
    let legs = transcript.sent(Purpose::Callback).filter(|sent| sent.url == url);
    let text = |sent: &HttpExchange, name: &str| sent.param(name).unwrap_or_default().to_owned();
    legs.map(|sent| (text(sent, "SequenceNumber"), text(sent, "CallStatus"))).collect()
}

fn steps(transcript: &Transcript, place: usize) -> String {
    let pairs = progress(transcript, place);
    pairs.iter().map(|(n, status)| format!("{n} {status}")).collect::<Vec<_>>().join(", ")
}

const THREE: [Kind; 3] = [Kind::Twilio, Kind::Telnyx, Kind::SignalWire];

#[tokio::test]
async fn one_answers_and_talks() {
    for kind in THREE {
        let mut scene = scene(kind, 1, site("timeout=\"20\"", &[(ONE, "")])).await;
        let script = script().phone(ONE, Behaviour::answers(s(4), s(95)).ended_by(Side::Dialled));
        let transcript = scene.carrier.call(script).await;
        assert_eq!(transcript.complaints(), "", "{}", kind.name());
        let leg = transcript.bridged().unwrap();
        assert_eq!((leg.connected, leg.lasted), (Some(s(95)), s(95)));
        let asked = action(&transcript);
        assert_eq!(asked.param("DialCallStatus"), Some("completed"));
        assert_eq!(asked.param("DialCallSid"), Some(leg.id.as_str()));
        assert_eq!(asked.param("DialCallDuration"), Some("95"));
        let bridged = (kind == Kind::Twilio).then_some("true");
        assert_eq!(asked.param("DialBridged"), bridged);
        assert_eq!(steps(&transcript, 0), "0 initiated, 1 ringing, 2 in-progress, 3 completed");
        let first = transcript.sent(Purpose::Callback).next().unwrap();
        assert_eq!(first.param("ParentCallSid"), Some(transcript.call.as_str()));
        assert_eq!(first.param("CallSid"), Some(leg.id.as_str()));
        assert_eq!(transcript.end, End::Document);
    }
}

#[tokio::test]
async fn no_bridge_in_five_ways() {
    let cases = [
        (Behaviour::busy(), "busy", "0 initiated, 1 busy"),
        (Behaviour::fails(404), "failed", "0 initiated, 1 failed"),
        (Behaviour::no_answer(), "no-answer", "0 initiated, 1 ringing, 2 no-answer"),
        (Behaviour::answers(s(21), s(9)), "no-answer", "0 initiated, 1 ringing, 2 no-answer"),
        (
            Behaviour::voicemail(s(9), s(30)),
            "completed",
            "0 initiated, 1 ringing, 2 in-progress, 3 completed",
        ),
    ];
    for (behaviour, status, expected_steps) in cases {
        let mut scene = scene(Kind::Twilio, 1, site("timeout=\"20\"", &[(ONE, WHISPER)])).await;
        let transcript = scene.carrier.call(script().phone(ONE, behaviour)).await;
        assert_eq!(transcript.complaints(), "");
        assert_eq!(action(&transcript).param("DialCallStatus"), Some(status));
        assert_eq!(action(&transcript).param("DialBridged"), Some("false"));
        assert_eq!(steps(&transcript, 0), expected_steps);
        assert_eq!(transcript.bridged(), None);
    }
}

#[tokio::test]
async fn a_whisper_is_accepted_or_not() {
    let cases = [
        (AtWhisper::Presses("1".to_owned()), Some("1"), true),
        (AtWhisper::Presses("9".to_owned()), Some("9"), false),
        (AtWhisper::Listens, Some(""), false),
        (AtWhisper::HangsUp, None, false),
    ];
    for (conduct, pressed, joined) in cases {
        for kind in THREE {
            let mut scene = scene(kind, 1, site("timeout=\"20\"", &[(ONE, WHISPER)])).await;
            let behaviour = Behaviour::answers(s(2), s(60)).at_whisper(conduct.clone());
            let transcript = scene.carrier.call(script().phone(ONE, behaviour)).await;
            assert_eq!(transcript.complaints(), "");
            let found = transcript.events.iter().find_map(|(_, event)| match event {
                Event::Pressed(_, keys) => Some(keys.as_str()),
                _ => None,
            });
            assert_eq!((found, transcript.bridged().is_some()), (pressed, joined), "{conduct:?}");
            let whisper = transcript.sent(Purpose::Document).nth(1).unwrap();
            assert_eq!(whisper.param("ParentCallSid"), Some(transcript.call.as_str()));
            assert_eq!(whisper.param("CallSid"), Some(transcript.legs[0].id.as_str()));
            // Carriers without `DialBridged` report a rejection and a connection in the same way.
            assert_eq!(action(&transcript).param("DialCallStatus"), Some("completed"));
        }
    }
}

#[tokio::test]
async fn the_first_of_two_wins() {
    let two = [(ONE, ""), (TWO, "")];
    for kind in THREE {
        let mut scene = scene(kind, 1, site("timeout=\"20\"", &two)).await;
        let script = script()
            .phone(ONE, Behaviour::answers(s(9), s(60)))
            .phone(TWO, Behaviour::answers(s(3), s(60)));
        let transcript = scene.carrier.call(script).await;
        assert_eq!(transcript.complaints(), "");
        assert_eq!(transcript.bridged().unwrap().target, TWO);
        assert_eq!(steps(&transcript, 0), "0 initiated, 1 ringing, 2 canceled");
        let winner = transcript.legs.iter().find(|leg| leg.target == TWO).unwrap();
        assert_eq!(action(&transcript).param("DialCallSid"), Some(winner.id.as_str()));
    }
}

/// Carriers do not document whether the others keep ringing while one phone hears its whisper.
#[tokio::test]
async fn two_whispers_by_both_readings() {
    let two = [(ONE, WHISPER), (TWO, WHISPER)];
    for (pickup, winner) in [(Pickup::First, None), (Pickup::Bridged, Some(TWO))] {
        let mut scene = scene(Kind::Twilio, 1, site("timeout=\"20\"", &two)).await;
        let mut carrier = scene.carrier.with_pickup(pickup);
        let script = script()
            .phone(ONE, Behaviour::voicemail(s(1), s(60)))
            .phone(TWO, Behaviour::answers(s(2), s(60)));
        let transcript = carrier.call(script).await;
        assert_eq!(transcript.complaints(), "");
        assert_eq!(transcript.bridged().map(|leg| leg.target.as_str()), winner, "{pickup:?}");
        scene.carrier = carrier;
    }
}

#[tokio::test]
async fn only_twilio_rings_one_by_one() {
    let two = [(ONE, ""), (TWO, "")];
    let sequential = "timeout=\"10\" sequential=\"true\"";
    let mut scene = scene(Kind::Twilio, 1, site(sequential, &two)).await;
    let script = script().phone(TWO, Behaviour::answers(s(3), s(60)));
    let transcript = scene.carrier.call(script).await;
    assert_eq!(transcript.complaints(), "");
    let at = |wanted: &Event| transcript.events.iter().find(|(_, e)| e == wanted).unwrap().0;
    assert_eq!(at(&Event::Dialled(ONE.to_owned())), s(0));
    assert_eq!(at(&Event::Dialled(TWO.to_owned())), s(10));
    assert_eq!(transcript.bridged().unwrap().target, TWO);
}

#[tokio::test]
async fn a_caller_who_hangs_up_is_reported_to_the_action() {
    let cases = [(s(5), "canceled", None), (s(40), "completed", Some(s(40) - s(9)))];
    for (after, status, length) in cases {
        let mut scene = scene(Kind::Twilio, 1, site("timeout=\"20\"", &[(ONE, "")])).await;
        let behaviour = Behaviour::answers(s(9), s(300)).ended_by(Side::Dialled);
        let transcript = scene.carrier.call(script().phone(ONE, behaviour).gives_up(after)).await;
        assert_eq!(transcript.complaints(), "");
        assert_eq!(action(&transcript).param("DialCallStatus"), Some(status));
        assert_eq!(action(&transcript).param("CallStatus"), Some("completed"));
        assert_eq!(transcript.end, End::Caller);
        let connected = transcript.bridged().and_then(|leg| leg.connected);
        // A phone rings after two hundred milliseconds.
        let millis = std::time::Duration::from_millis(200);
        assert_eq!(connected, length.map(|length| length - millis));
    }
}

#[tokio::test]
async fn answer_on_bridge_leaves_the_caller_ringing() {
    let attributes = "timeout=\"20\" answerOnBridge=\"true\"";
    for (behaviour, status) in
        [(Behaviour::busy(), "ringing"), (Behaviour::answers(s(1), s(9)), "completed")]
    {
        let mut scene = scene(Kind::Twilio, 1, site(attributes, &[(ONE, "")])).await;
        let transcript = scene.carrier.call(script().phone(ONE, behaviour)).await;
        assert_eq!(action(&transcript).param("CallStatus"), Some(status));
    }
}

#[tokio::test]
async fn machines_are_reported_where_they_are_listened_for() {
    let amd = format!("{WHISPER} machineDetection=\"Enable\"");
    for (more, answered_by) in [(amd.as_str(), Some("machine_start")), (WHISPER, None)] {
        let mut scene = scene(Kind::Twilio, 1, site("", &[(ONE, more)])).await;
        let transcript =
            scene.carrier.call(script().phone(ONE, Behaviour::voicemail(s(1), s(9)))).await;
        let whisper = transcript.sent(Purpose::Document).nth(1).unwrap();
        assert_eq!(whisper.param("AnsweredBy"), answered_by);
        let answered = Event::Answered(ONE.to_owned(), Voice::Machine);
        assert!(transcript.events.iter().any(|(_, event)| *event == answered));
        assert_eq!(transcript.legs[0].status, Status::Completed);
    }
}
