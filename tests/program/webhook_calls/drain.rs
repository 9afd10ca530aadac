//! A node that stops while calls are live.

use serde_json::Value;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Side;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

/// A carrier that is answered 503 asks its fallback URL.
async fn the_call_goes_on_and_the_next_is_503(kind: Kind) {
    let contracts = &[("a", "")];
    let mut stage = Stage::new(&Plot { kind, flow: "direct", offer: "", contracts }).await;
    let drain = stage.node().shared.admission.drain.clone();
    stage.meets(move |number| {
        if number > 1 {
            drain.cancel();
        }
        None
    });
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    let script = || caller().phone(&phone(0), talk.clone());
    let seen = stage.call(script()).await;
    assert_eq!(seen.complaints(), "", "{kind:?}");
    assert!(stage.node().shared.admission.drain.is_cancelled());
    let late = stage.call(script()).await;
    assert!(late.complaints().contains("answered 503"), "{kind:?}: {}", late.complaints());
    let records: Vec<String> = stage.records().await.iter().map(summary).collect();
    assert_eq!(records, ["bridged by buyer [1a:won] 60.0s 10.00"], "{kind:?}");
    let refused: Value = serde_json::from_str(&stage.fetch("/v1/calls/refused").await).unwrap();
    assert_eq!(refused["items"][0]["reason"], "stopping", "{kind:?}: {refused}");
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_twilio_goes_on_and_the_next_is_503() {
    the_call_goes_on_and_the_next_is_503(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_telnyx_goes_on_and_the_next_is_503() {
    the_call_goes_on_and_the_next_is_503(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_signalwire_goes_on_and_the_next_is_503() {
    the_call_goes_on_and_the_next_is_503(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_plivo_goes_on_and_the_next_is_503() {
    the_call_goes_on_and_the_next_is_503(Kind::Plivo).await;
}
