//! Callers on suppression lists, at every webhook carrier.

use serde_json::Value;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Script;
use strowger::store::Addition;
use strowger::store::Destination;
use strowger::store::Remark;

use super::stage::CALLER;
use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::mutation;
use super::stage::summary;

const AB: &[(&str, &str)] = &[("a", ""), ("b", "")];

/// Plays a call of a listed caller; returns the record, and what the caller heard last.
async fn play(kind: Kind, offer: &str) -> (Value, Option<String>) {
    let mut stage = Stage::new(&Plot { kind, flow: "menu", offer, contracts: AB }).await;
    let by = mutation(stage.time.now().wall);
    let addition = Addition {
        to: Destination { list: "dnc".parse().unwrap(), applies: None },
        contacts: vec![CALLER.parse().unwrap()],
        remark: Remark::default(),
        by,
    };
    stage.node().shared.records.store.suppression_add(addition).await.unwrap().unwrap();
    let script: Script = caller().presses("1");
    let seen = stage.call(script).await;
    assert_eq!(seen.complaints(), "", "{}", kind.name());
    let heard = seen.heard().last().map(|text| (*text).to_owned());
    let record = stage.records().await.remove(0);
    let figure = stage.figure("strowger_screened_total{what=\"suppressed\"}").await;
    assert_eq!(figure, 1.0, "{}", kind.name());
    stage.stop().await;
    (record, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suppressed_caller_is_rejected_at_every_carrier() {
    for kind in [Kind::Twilio, Kind::Telnyx, Kind::SignalWire, Kind::Plivo] {
        let (record, heard) = play(kind, "").await;
        assert_eq!(summary(&record), "suppressed_caller by switch [] 0.0s -", "{}", kind.name());
        assert_eq!(record["suppressed_by"], "dnc");
        assert_eq!(heard, None, "{}", kind.name());
    }
}
