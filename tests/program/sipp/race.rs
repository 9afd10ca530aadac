//! Buyers that ring at the same time.

use serde_json::Value;
use serde_json::json;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;

fn two_at_once() -> Stage {
    let offer = "ring = \"simultaneous\"\nring_width = 2";
    Stage::new("direct", offer, &[contract("acme", 10), contract("bluebird", 11)])
}

fn assert_acme_sold_in_one_wave(record: &Value) {
    assert_fields(
        record,
        &[
            ("/reason", json!("bridged")),
            ("/ended_by", json!("caller")),
            ("/winner/contract", json!("acme")),
            ("/billable", json!(true)),
            ("/revenue/amount", json!("5.00")),
            ("/attempts/0/wave", json!(1)),
            ("/attempts/1/wave", json!(1)),
        ],
    );
}

#[test]
fn the_loser_is_canceled() {
    let stage = two_at_once();
    let winner = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let loser = Sipp::buyer(&stage, 11, "uas-never-answers-expect-cancel", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    winner.succeed();
    let seen = loser.succeed();
    let elsewhere = |message: &&str| message.contains("Call completed elsewhere");
    assert!(seen.received().iter().any(elsewhere), "the CANCEL tells why (RFC 3326)");
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won", "bluebird canceled"]);
    assert_acme_sold_in_one_wave(&record);
}

#[test]
fn a_loser_who_answers_all_the_same_gets_ack_and_bye() {
    let stage = two_at_once();
    let winner = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let loser = Sipp::buyer(&stage, 11, "uas-answers-after-cancel-expect-bye", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    winner.succeed();
    loser.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won", "bluebird lost_race"]);
    assert_acme_sold_in_one_wave(&record);
}

#[test]
fn of_two_who_answer_at_once_one_wins() {
    let stage = two_at_once();
    let scenario = "uas-answers-at-once-maybe-canceled";
    let one = Sipp::buyer(&stage, 10, scenario, 1);
    let two = Sipp::buyer(&stage, 11, scenario, 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    one.succeed();
    two.succeed();
    let record = stage.record();
    let mut outcomes: Vec<_> =
        attempts(&record).iter().map(|a| a.split_once(' ').unwrap().1.to_owned()).collect();
    outcomes.sort();
    assert_eq!(outcomes, ["lost_race", "won"], "{record:#}");
    assert_fields(&record, &[("/reason", json!("bridged")), ("/revenue/amount", json!("5.00"))]);
}
