//! Plivo's own way of dialling.

use super::site::Says;
use super::site::s;
use super::site::scene;
use super::site::xml;
use crate::demo::carrier::AtWhisper;
use crate::demo::carrier::Behaviour;
use crate::demo::carrier::Event;
use crate::demo::carrier::Kind;
use crate::demo::carrier::Purpose;
use crate::demo::carrier::Script;

#[tokio::test]
async fn a_key_accepts_the_call() {
    let dial = "<Dial action=\"{}/dialled\" timeout=\"20\" confirmSound=\"{}/confirm\" \
                confirmKey=\"1\" confirmTimeout=\"10\" callbackUrl=\"{}/legs\">\
                <Number>13055550001</Number></Dial>";
    let connected = "answer connected hangup";
    let cases = [
        (AtWhisper::Presses("1".to_owned()), connected, "completed", true),
        (AtWhisper::Presses("5".to_owned()), "answer hangup", "completed", false),
        (AtWhisper::Listens, "answer hangup", "completed", false),
        (AtWhisper::HangsUp, "answer hangup", "completed", false),
    ];
    for (conduct, actions, status, joined) in cases {
        let mut scene = scene(Kind::Plivo, 1, move |asked| match asked.path.as_str() {
            "/voice" => xml(dial),
            "/confirm" => xml("<Speak>Press 1.</Speak>"),
            "/dialled" => xml("<Hangup/>"),
            _ => Says::Status(200),
        })
        .await;
        let behaviour = Behaviour::answers(s(2), s(60)).at_whisper(conduct.clone());
        let script = Script::new("+13055550123", "+18005550100").phone("+13055550001", behaviour);
        let transcript = scene.carrier.call(script).await;
        assert_eq!(transcript.complaints(), "", "{conduct:?}");
        let found: Vec<&str> = transcript
            .sent(Purpose::Callback)
            .filter_map(|sent| sent.param("DialAction"))
            .collect();
        assert_eq!(found.join(" "), actions, "{conduct:?}");
        assert_eq!(transcript.bridged().is_some(), joined, "{conduct:?}");
        let action =
            transcript.exchanges.iter().find(|sent| sent.url.ends_with("/dialled")).unwrap();
        assert_eq!(action.param("DialStatus"), Some(status), "{conduct:?}");
        assert_eq!(action.param("DialBLegUUID"), Some(transcript.legs[0].id.as_str()));
        assert_eq!(action.param("DialALegUUID"), Some(transcript.call.as_str()));
    }
}

#[tokio::test]
async fn a_sound_without_a_key_is_heard_and_joins() {
    let mut scene = scene(Kind::Plivo, 1, |asked| match asked.path.as_str() {
        "/voice" => xml(
            "<Dial action=\"{}/dialled\" confirmSound=\"{}/sound\"><Number>13055550001</Number>\
             </Dial>",
        ),
        "/sound" => xml("<Speak>A lead.</Speak>"),
        _ => xml("<Hangup/>"),
    })
    .await;
    let script = Script::new("+13055550123", "+18005550100")
        .phone("13055550001", Behaviour::answers(s(2), s(60)).at_whisper(AtWhisper::Listens));
    let transcript = scene.carrier.call(script).await;
    assert_eq!(transcript.complaints(), "");
    let heard = Event::Whispered("13055550001".to_owned(), "A lead.".to_owned());
    assert!(transcript.events.iter().any(|(_, event)| *event == heard));
    assert_eq!(transcript.bridged().and_then(|leg| leg.connected), Some(s(60)));
}

#[tokio::test]
async fn no_answer() {
    let cases = [
        (Behaviour::busy(), "busy", "USER_BUSY", "false"),
        (Behaviour::no_answer(), "no-answer", "NO_ANSWER", "true"),
        (Behaviour::fails(603), "failed", "CALL_REJECTED", "false"),
    ];
    for (behaviour, status, cause, rang) in cases {
        let mut scene = scene(Kind::Plivo, 1, move |asked| match asked.path.as_str() {
            "/voice" => xml("<Dial action=\"{}/dialled\"><Number>13055550001</Number></Dial>"),
            _ => xml("<Hangup/>"),
        })
        .await;
        let script = Script::new("+13055550123", "+18005550100").phone("13055550001", behaviour);
        let transcript = scene.carrier.call(script).await;
        assert_eq!(transcript.complaints(), "");
        let action = transcript.exchanges.last().unwrap();
        assert_eq!(action.param("DialStatus"), Some(status));
        assert_eq!(action.param("DialHangupCause"), Some(cause));
        assert_eq!(action.param("DialRingStatus"), Some(rang));
        assert_eq!(action.param("DialBLegUUID"), Some(""));
    }
}

#[tokio::test]
async fn an_action_without_redirect_is_reported_and_passed_over() {
    let mut scene = scene(Kind::Plivo, 1, |asked| match asked.path.as_str() {
        "/voice" => {
            xml("<GetDigits action=\"{}/digits\" numDigits=\"1\" redirect=\"false\" retries=\"2\">\
             <Speak>1?</Speak></GetDigits><Speak>Bye.</Speak>")
        }
        _ => xml("<Speak>Never heard.</Speak>"),
    })
    .await;
    let script = Script::new("+13055550123", "+18005550100").is_silent().presses("1");
    let transcript = scene.carrier.call(script).await;
    assert_eq!(transcript.complaints(), "");
    assert_eq!(transcript.heard(), ["1?", "1?", "Bye."]);
    assert_eq!(transcript.exchanges.last().unwrap().param("Digits"), Some("1"));
}
