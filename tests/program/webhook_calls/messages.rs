//! Messages of callers: at every carrier the call is a voicemail, and its list has the carrier's URL.

use serde_json::Value;
use serde_json::json;
use strowger::demo::carrier::Kind;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::s;

/// The contract does not matter: nobody is asked.
const PLOT: Plot<'_> =
    Plot { kind: Kind::Twilio, flow: "message", offer: "", contracts: &[("a", "")] };

async fn play(kind: Kind) {
    let mut stage = Stage::new(&Plot { kind, ..PLOT }).await;
    let url = if kind == Kind::Plivo { "RecordUrl" } else { "RecordingUrl" };
    for script in [caller(), caller().gives_up(s(5))] {
        let hangs_up = format!("{script:?}");
        let transcript = stage.call(script).await;
        assert_eq!(transcript.complaints(), "", "{hangs_up}");
        let sent = transcript.exchanges.iter().find_map(|one| one.param(url));
        let sent = sent.unwrap_or_else(|| panic!("{transcript:?}")).to_owned();
        let records = stage.records().await;
        let record = records.last().unwrap();
        assert_eq!(record["reason"], "voicemail", "{}: {record:#}", kind.name());
        assert_eq!(record["recordings"][0]["url"], json!(sent));
        let list = format!("/v1/calls/{}/recordings", record["id"].as_str().unwrap());
        let listed: Value = serde_json::from_str(&stage.fetch(&list).await).unwrap();
        assert_eq!(listed["items"], record["recordings"]);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        let (n, seconds) = (&listed["items"][0]["n"], &listed["items"][0]["seconds"]);
        assert_eq!(n, 1);
        assert!(seconds.as_f64().is_some_and(|seconds| seconds > 0.0), "{listed}");
        assert_eq!(stage.status(&format!("{list}/1")).await, 409, "the carrier has it");
        assert_eq!(stage.status(&format!("{list}/2")).await, 404);
    }
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_a_voicemail_at_twilio() {
    play(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_a_voicemail_at_telnyx() {
    play(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_a_voicemail_at_signalwire() {
    play(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_a_voicemail_at_plivo() {
    play(Kind::Plivo).await;
}
