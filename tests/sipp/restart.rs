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
