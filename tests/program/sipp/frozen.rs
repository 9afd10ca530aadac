//! The program is stopped by a signal (SIGSTOP), as by a host that moves it, and goes on later.

use std::time::Duration;

use serde_json::json;

use super::phone::Phone;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use crate::until::until;

const OVERRUNS: &str = "strowger_cap_overruns_total{level=\"contract\",cap=\"concurrent\"}";

/// A call with the only unit of its buyer. The program is frozen; meanwhile another caller calls.
struct Frozen {
    stage: Stage,
    caller: Phone,
    buyer: Phone,
    second: Phone,
    answer: String,
}

impl Frozen {
    fn for_a_time(time: Duration) -> Self {
        let one = Contract { id: "acme", host: 10, more: "caps = { concurrent = 1 }" };
        let stage = Stage::direct(&[one]);
        let phone = |host| Phone::new(&stage, host);
        let (caller, buyer, second) = (phone(20), phone(10), phone(21));
        caller.send(&caller.invite());
        buyer.send(&buyer.answer_to(&buyer.await_request("INVITE")));
        let answer = caller.await_status(200);
        caller.send(&caller.within("ACK", 1, &answer));
        until("the two are bridged", || stage.calls().iter().any(|call| !call["winner"].is_null()));
        stage.signal("-STOP");
        second.send(&second.invite());
        assert!(second.hears_nothing_for(time), "the program is frozen");
        stage.signal("-CONT");
        Self { stage, caller, buyer, second, answer }
    }
}

#[test]
fn a_frozen_program_goes_on_with_its_calls_and_sells_no_unit_twice() {
    let frozen = Frozen::for_a_time(Duration::from_secs(3));
    let Frozen { stage, caller, buyer, second, answer } = frozen;
    second.await_status(480);
    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    buyer.send(&Phone::ok_to(&buyer.await_request("BYE")));
    let records = stage.records();
    let [first, other] = &records[..] else { panic!("two calls: {records:#?}") };
    assert_eq!(attempts(first), ["acme won"]);
    assert_fields(first, &[("/reason", json!("bridged")), ("/billable", json!(true))]);
    assert!(first["talk_seconds"].as_f64().unwrap() >= 3.0, "{first:#}");
    assert_eq!(attempts(other), Vec::<String>::new());
    assert_fields(other, &[("/reason", json!("no_contract"))]);
}

/// Longer than a hold lasts (60 s), and than a silent call lives (30 s).
#[test]
#[ignore = "it takes 90 s: run it with `cargo test --test program frozen -- --ignored`"]
fn a_program_that_was_frozen_for_90_seconds_sells_no_unit_twice() {
    let frozen = Frozen::for_a_time(Duration::from_secs(90));
    let Frozen { stage, caller, buyer, second, .. } = frozen;
    // Nobody sent audio: the first call ends as silent, on both sides.
    caller.send(&Phone::ok_to(&caller.await_request("BYE")));
    buyer.send(&Phone::ok_to(&buyer.await_request("BYE")));
    second.await_status(480);
    let records = stage.records();
    let ended: Vec<_> =
        records.iter().map(|record| (attempts(record), &record["reason"])).collect();
    let first = (vec!["acme won".to_owned()], &json!("bridged"));
    assert_eq!(ended, [first, (Vec::new(), &json!("no_contract"))]);
    let (_, figures) = stage.answer("/metrics");
    assert!(!figures.contains(OVERRUNS), "{figures}");
}
