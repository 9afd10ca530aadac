//! A switch that is killed while calls are up.

use serde_json::json;

use super::bridged::assert_sold;
use super::sipp::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use super::stage::until;

#[test]
fn calls_that_a_killed_switch_left_are_closed_and_new_ones_taken() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 5);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 5, &["-d", "60000"]);
    until("five calls are bridged", || {
        stage.calls().iter().filter(|call| call["bridged_at"].is_string()).count() == 5
    });
    stage.kill();
    drop((buyer, caller));

    stage.start();
    let closed = stage.records();
    assert_eq!(closed.len(), 5);
    for record in &closed {
        assert_eq!(attempts(record), ["acme won"]);
        assert_fields(
            record,
            &[
                ("/state", json!("ended")),
                ("/reason", json!("switch_restart")),
                ("/ended_by", json!("switch")),
                ("/winner/contract", json!("acme")),
            ],
        );
    }

    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1200"]).succeed();
    buyer.succeed();
    let records = stage.records();
    assert_eq!(records.len(), 6);
    assert_sold(&records[5], "caller", 1.1..4.0);
}

#[test]
fn a_switch_that_is_told_to_stop_twice_hangs_up_and_writes_every_record() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 5);
    let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 5);
    until("five calls are bridged", || {
        stage.calls().iter().filter(|call| call["bridged_at"].is_string()).count() == 5
    });
    stage.tell_to_stop();
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    caller.succeed();
    buyer.succeed();
    stage.start();
    let records = stage.records();
    assert_eq!(records.len(), 5);
    for record in &records {
        assert_eq!(attempts(record), ["acme won"]);
        assert_fields(record, &[("/state", json!("ended")), ("/ended_by", json!("switch"))]);
    }
}

#[test]
fn a_switch_that_is_told_to_stop_waits_for_its_calls() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1500"]);
    until("the call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    caller.succeed();
    buyer.succeed();
    stage.start();
    assert_sold(&stage.record(), "caller", 1.4..4.0);
}
