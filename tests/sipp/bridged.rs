//! Calls that come to a buyer.

use serde_json::json;

use super::sipp::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;

#[test]
fn a_call_is_bridged_and_the_caller_hangs_up() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1200"]);
    caller.succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(
        &record,
        &[
            ("/state", json!("ended")),
            ("/reason", json!("bridged")),
            ("/ended_by", json!("caller")),
            ("/number", json!("+18005550100")),
            ("/caller", json!("+13055550123")),
            ("/trunk", json!("carrier")),
            ("/winner/contract", json!("acme")),
            ("/billable", json!(true)),
            ("/revenue/amount", json!("5.00")),
            ("/payout/amount", json!("2.00")),
            ("/sip_status", json!(null)),
        ],
    );
    let talk = record["talk_seconds"].as_f64().unwrap();
    assert!((1.1..3.0).contains(&talk), "{talk} s of talk");
}
