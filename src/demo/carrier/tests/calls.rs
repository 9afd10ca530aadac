//! Calls that ask, record, reject and end.

use super::site::BASE;
use super::site::Says;
use super::site::s;
use super::site::scene;
use super::site::xml;
use crate::demo::carrier::Attestation;
use crate::demo::carrier::End;
use crate::demo::carrier::Event;
use crate::demo::carrier::Kind;
use crate::demo::carrier::Method;
use crate::demo::carrier::Purpose;
use crate::demo::carrier::Script;
use crate::demo::carrier::Status;

fn script() -> Script {
    Script::new("+13055550123", "+18005550100")
}

/// Returns a document that speaks and asks, in a dialect.
fn ask(kind: Kind, attributes: &str) -> Says {
    let (gather, say) = match kind {
        Kind::Plivo => ("GetDigits", "Speak"),
        Kind::Twilio | Kind::Telnyx | Kind::SignalWire => ("Gather", "Say"),
    };
    xml(&format!(
        "<{gather} action=\"{{}}/zip\" numDigits=\"5\" timeout=\"4\" {attributes}><{say}>Zip?\
         </{say}></{gather}><Redirect>{{}}/silent</Redirect>"
    ))
}

#[tokio::test]
async fn keys_reach_the_action_and_silence_the_next_verb() {
    for kind in Kind::ALL {
        let mut scene = scene(kind, 1, move |asked| match asked.path.as_str() {
            "/voice" => ask(kind, ""),
            "/zip" if asked.param("Digits") == "94105" => xml("<Hangup/>"),
            "/silent" => xml("<Redirect>{}/voice</Redirect>"),
            _ => Says::Status(404),
        })
        .await;
        let transcript = scene.carrier.call(script().is_silent().presses("94105")).await;
        assert_eq!(transcript.complaints(), "", "{}", kind.name());
        assert_eq!(transcript.typed(), ["", "94105"], "{}", kind.name());
        assert_eq!(transcript.heard(), ["Zip?", "Zip?"]);
        let paths: Vec<&str> =
            transcript.sent(Purpose::Document).map(|sent| &sent.url[BASE.len()..]).collect();
        assert_eq!(paths, ["/voice", "/silent", "/voice", "/zip"], "{}", kind.name());
        assert_eq!((transcript.end, transcript.status), (End::Document, Status::Completed));
    }
}

#[tokio::test]
async fn empty_results_are_reported_where_the_document_wants_it() {
    for kind in [Kind::Twilio, Kind::SignalWire] {
        let mut scene = scene(kind, 1, move |asked| match asked.path.as_str() {
            "/voice" => ask(kind, "actionOnEmptyResult=\"true\""),
            _ => xml("<Hangup/>"),
        })
        .await;
        let transcript = scene.carrier.call(script()).await;
        assert_eq!(transcript.complaints(), "");
        let last = transcript.exchanges.last().unwrap();
        assert_eq!((&last.url[BASE.len()..], last.param("Digits")), ("/zip", Some("")));
    }
}

#[tokio::test]
async fn the_first_request_is_in_the_carriers_own_words() {
    let cases = [
        (
            Kind::Twilio,
            "CallSid=CA AccountSid=AC From=+13055550123 To=+18005550100 CallStatus=ringing \
             Direction=inbound ApiVersion=2010-04-01 StirVerstat=TN-Validation-Passed-A",
        ),
        (
            Kind::Telnyx,
            "CallSid=v3: CallSidLegacy=v3: From=+13055550123 CallingPartyType=pstn \
             ConnectionId=1 CallStatus=ringing ShakenStirAttestation=A ShakenStirValidated=true",
        ),
        (Kind::SignalWire, "From=+13055550123 StirVerstat=TN-Validation-Passed-A"),
        (
            Kind::Plivo,
            "From=13055550123 To=18005550100 Event=StartApp CallStatus=ringing Direction=inbound \
             STIRAttestation=A",
        ),
    ];
    for (kind, wanted) in cases {
        for method in [Method::Post, Method::Get] {
            let mut scene = scene(kind, 1, |_| xml("<Hangup/>")).await;
            let mut carrier = scene.carrier.asking(method);
            let transcript = carrier.call(script().attested(Attestation::A)).await;
            assert_eq!(transcript.complaints(), "");
            let first = &transcript.exchanges[0];
            for pair in wanted.split(' ') {
                let (name, value) = pair.split_once('=').unwrap();
                let found = first.param(name).unwrap_or_default();
                assert!(found.starts_with(value), "{} {pair}: {found}", kind.name());
            }
            scene.carrier = carrier;
        }
    }
}

#[tokio::test]
async fn recordings_are_reported_to_their_action() {
    let record = "<Record action=\"{}/done\" maxLength=\"30\"/>";
    for (kind, url) in [(Kind::Twilio, "RecordingUrl"), (Kind::Plivo, "RecordUrl")] {
        let mut scene = scene(kind, 1, move |asked| match asked.path.as_str() {
            "/voice" => xml(record),
            _ => xml("<Hangup/>"),
        })
        .await;
        for (script, end, digits) in
            [(script(), End::Document, ""), (script().gives_up(s(5)), End::Caller, "hangup")]
        {
            let transcript = scene.carrier.call(script).await;
            assert_eq!(transcript.complaints(), "");
            assert_eq!(transcript.end, end);
            let done = transcript.exchanges.last().unwrap();
            assert!(done.param(url).unwrap().starts_with("https://"));
            assert_eq!(done.param("Digits"), Some(digits), "{}", kind.name());
            let length = if end == End::Caller { "5" } else { "8" };
            assert_eq!(done.param("RecordingDuration"), Some(length));
        }
    }
}

#[tokio::test]
async fn a_call_can_be_refused_before_it_is_answered() {
    let cases = [
        (Kind::Twilio, "<Reject reason=\"busy\"/>", Status::Busy, ""),
        (Kind::Plivo, "<Hangup reason=\"busy\"/>", Status::Busy, ""),
        (Kind::Telnyx, "<Reject/>", Status::NoAnswer, ""),
        (Kind::Twilio, "<Say>No.</Say><Reject/>", Status::Completed, "after the call was answered"),
    ];
    for (kind, verbs, status, fault) in cases {
        let mut scene = scene(kind, 1, move |_| xml(verbs)).await;
        let transcript = scene.carrier.call(script()).await;
        assert_eq!(transcript.status, status, "{verbs}");
        assert_eq!(transcript.complaints().is_empty(), fault.is_empty(), "{verbs}");
        assert!(transcript.complaints().contains(fault), "{}", transcript.complaints());
    }
}

#[tokio::test]
async fn the_end_is_reported_to_the_number_s_status_url() {
    for (kind, name, value) in [
        (Kind::Twilio, "CallDuration", "12"),
        (Kind::Telnyx, "CallDuration", "12"),
        (Kind::SignalWire, "CallDuration", "12"),
        (Kind::Plivo, "Duration", "12"),
    ] {
        let pause = if kind == Kind::Plivo { "Wait" } else { "Pause" };
        let mut scene = scene(kind, 1, move |asked| match asked.path.as_str() {
            "/voice" => xml(&format!("<{pause} length=\"60\"/>")),
            _ => Says::Status(204),
        })
        .await;
        let mut carrier = scene.carrier.reporting_to(&format!("{BASE}/ended"));
        let transcript = carrier.call(script().gives_up(s(12))).await;
        assert_eq!(transcript.complaints(), "");
        let ended = transcript.sent(Purpose::Callback).next().unwrap();
        assert_eq!(ended.param(name), Some(value), "{}", kind.name());
        assert_eq!(ended.param("CallStatus"), Some("completed"));
        assert_eq!(transcript.events.last(), Some(&(s(12), Event::Ended(End::Caller))));
        scene.carrier = carrier;
    }
}

#[tokio::test]
async fn a_caller_hangs_up_in_the_middle_of_a_question() {
    let mut scene = scene(Kind::Telnyx, 1, |_| ask(Kind::Telnyx, "")).await;
    let transcript = scene.carrier.call(script().hangs_up()).await;
    assert_eq!(transcript.complaints(), "");
    assert_eq!(
        (transcript.end, transcript.exchanges.len(), transcript.lasted),
        (End::Caller, 1, s(2))
    );
}

/// Only the seed decides what happens.
#[tokio::test]
async fn a_seed_repeats_a_call() {
    let call = async |seed| {
        let mut scene = scene(Kind::Twilio, seed, |_| xml("<Hangup/>")).await;
        scene.carrier.call(script()).await.exchanges
    };
    assert_eq!(call(4).await, call(4).await);
    assert_ne!(call(4).await, call(5).await);
}
