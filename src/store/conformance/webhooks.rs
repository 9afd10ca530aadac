//! Tests of calls at webhook carriers: their journals, and the end of calls that cannot continue.

use std::sync::Arc;
use std::time::Duration;

use super::facts::opened;
use crate::base::CallId;
use crate::base::End;
use crate::base::NodeName;
use crate::call::CallState;
use crate::library::FlowText;
use crate::store::CarrierCall;
use crate::store::CarrierJournal;
use crate::store::CarrierLine;
use crate::store::CarrierStep;
use crate::store::Fact;
use crate::store::Kept;
use crate::store::Store;
use crate::store::Written;
use crate::store::sample::beat;
use crate::store::sample::decision;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::remove_due;
use crate::store::sample::ringing;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_journal_is_read_as_it_was_written(&*fresh().await).await;
    a_call_is_found_by_its_id_at_the_carrier(&*fresh().await).await;
    a_call_that_cannot_continue_ends_when_last_seen(&*fresh().await).await;
    details_of_calls_that_ended_long_ago_are_removed(&*fresh().await).await;
}

fn text() -> FlowText {
    FlowText::new("f.xml".to_owned(), "<Flow name='f'/>".to_owned())
}

fn call(token: &str, carrier: &str, call: CallId) -> CarrierCall {
    CarrierCall {
        token: token.to_owned(),
        carrier: carrier.to_owned(),
        carrier_id: "CA1".to_owned(),
        account: Some("AC1".to_owned()),
        call,
        seed: [7; 32],
        flow: text().hash,
        format: 7,
    }
}

fn line(place: u32, callback: &str) -> CarrierLine {
    let (line, answer) = (format!("{{\"place\":{place}}}"), format!("<{callback}/>"));
    CarrierLine { place, callback: callback.to_owned(), line, answer }
}

fn step(token: &str, line: CarrierLine, facts: Vec<Fact>) -> CarrierStep {
    CarrierStep { token: token.to_owned(), line, flows: vec![Arc::new(text())], facts }
}

/// Stores the call of `ringing(seconds)`.
async fn open(store: &dyn Store, token: &str, carrier: &str, seconds: u64) -> Written {
    let first = step(token, line(1, "enter"), vec![opened(seconds)]);
    store.carrier_call_open(call(token, carrier, ringing(seconds).id), first).await.unwrap()
}

async fn a_journal_is_read_as_it_was_written(store: &dyn Store) {
    assert_eq!(open(store, "t1", "twilio", 1).await, Written::Stored);
    // (line number, callback, expected result)
    for (place, callback, written) in [
        (2, "leave/1", Written::Stored),
        (2, "leave/2", Written::Taken),
        (3, "leave/1", Written::Taken),
        (3, "leave/2", Written::Stored),
    ] {
        let step = step("t1", line(place, callback), Vec::new());
        assert_eq!(store.carrier_call_step(step).await, Ok(written), "{place} {callback}");
    }
    let lines = vec![line(1, "enter"), line(2, "leave/1"), line(3, "leave/2")];
    let opened = call("t1", "twilio", ringing(1).id);
    let journal = CarrierJournal { call: opened, lines, seen_at: second(1) };
    assert_eq!(store.carrier_call_fetch("t1").await, Ok(Some(journal)));
    assert_eq!(store.carrier_call_fetch("t2").await, Ok(None));
    assert_eq!(store.flow_text(&text().hash).await, Ok(Some(text())));
}

async fn a_call_is_found_by_its_id_at_the_carrier(store: &dyn Store) {
    open(store, "t1", "twilio", 1).await;
    assert_eq!(open(store, "t2", "twilio", 2).await, Written::Taken);
    assert_eq!(open(store, "t3", "telnyx", 3).await, Written::Stored);
    for (carrier, id, token) in [
        ("twilio", "CA1", Some("t1")),
        ("telnyx", "CA1", Some("t3")),
        ("plivo", "CA1", None),
        ("twilio", "CA2", None),
    ] {
        let found = store.carrier_call_find(carrier, id).await.unwrap();
        assert_eq!(found.as_deref(), token, "{carrier} {id}");
    }
    assert_eq!(store.call_fetch(ringing(2).id).await, Ok(None));
}

async fn a_call_that_cannot_continue_ends_when_last_seen(store: &dyn Store) {
    for (token, carrier, seconds) in [("t1", "twilio", 1), ("t2", "telnyx", 2)] {
        open(store, token, carrier, seconds).await;
    }
    beat(store, vec![ringing(1).id, ringing(2).id], second(20)).await.unwrap();
    let ended = async |token, at, seconds, expected| {
        store.carrier_call_end(token, second(at)).await.unwrap();
        let record = store.call_fetch(ringing(seconds).id).await.unwrap().unwrap();
        assert_eq!((record.state, record.reason), (CallState::Ended, Some(End::SwitchRestart)));
        assert_eq!(record.ended_at, Some(second(expected)), "{token}");
    };
    ended("t1", 30, 1, 20).await;
    assert_eq!(store.carrier_calls_live(&node()).await, Ok(vec!["t2".to_owned()]));
    let heir: NodeName = "heir".parse().unwrap();
    let given = store.carrier_calls_move(node(), heir.clone()).await;
    assert_eq!(given, Ok(vec!["t2".to_owned()]));
    assert_eq!(store.carrier_calls_live(&heir).await, Ok(vec!["t2".to_owned()]));
    ended("t2", 10, 2, 10).await;
    // A step that arrives after the end changes nothing.
    ended("t2", 40, 2, 10).await;
    let late = step("t1", line(2, "leave/1"), vec![Fact::ended(finished(1), Vec::new(), None)]);
    store.carrier_call_step(late).await.unwrap();
    ended("t1", 50, 1, 20).await;
    assert_eq!(store.carrier_calls_live(&heir).await, Ok(vec![]));
    store.carrier_call_end("unknown", second(1)).await.unwrap();
}

/// Records, sales and postings stay.
async fn details_of_calls_that_ended_long_ago_are_removed(store: &dyn Store) {
    for (token, seconds, ends) in [("t1", 1, true), ("t2", 2, true), ("t3", 3, false)] {
        open(store, token, token, seconds).await;
        let decisions = vec![decision(seconds)];
        let fact = match ends {
            true => Fact::ended(finished(seconds), decisions, None),
            false => {
                let (call, attempts) = (ringing(seconds).id, Vec::new());
                Fact::Attempted { call, attempts, decisions }
            }
        };
        store.carrier_call_step(step(token, line(2, "next/1"), vec![fact])).await.unwrap();
    }
    let ended_at = finished(1).ended_at.unwrap();
    let records = store.call_fetch(finished(1).id).await.unwrap().unwrap();
    let mut removed = 0;
    for (before, expected) in [(ended_at, 0), (ended_at + Duration::from_micros(1), 1)] {
        for kind in [Kept::Decisions, Kept::Journals] {
            remove_due(store, kind, before).await;
        }
        removed = 0;
        for (token, seconds) in [("t1", 1), ("t2", 2), ("t3", 3)] {
            let lines = store.carrier_call_fetch(token).await.unwrap().unwrap().lines.len();
            let decisions = store.decisions_fetch(ringing(seconds).id).await.unwrap().len();
            assert_eq!((lines == 2, decisions == 1), (decisions == 1, lines == 2), "{token}");
            removed += usize::from(lines == 0);
        }
        assert_eq!(removed, expected);
    }
    assert_eq!(removed, 1);
    assert_eq!(store.call_fetch(finished(1).id).await, Ok(Some(records)));
    let token = store.carrier_call_find("t1", "CA1").await.unwrap();
    assert_eq!(token.as_deref(), Some("t1"), "a repeated first request begins no second call");
}
