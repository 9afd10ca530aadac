//! Why a party ends a call (Reason, RFC 3326): passed on to the other party, and recorded.

use serde_json::json;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;

#[test]
fn the_caller_gets_the_reason_of_the_buyers_bye() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    // It stays until both are connected.
    let buyer = Sipp::buyer_with(&stage, 10, "uas-hangs-up-because", 1, &["-d", "1500"]);
    let heard = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1).succeed();
    buyer.succeed();
    let bye = heard.received().into_iter().find(|message| message.contains("BYE sip:")).unwrap();
    let reason = "Q.850;cause=41;text=\"Temporary failure\"";
    assert!(bye.contains(&format!("Reason: {reason}")), "{bye}");
    let record = stage.record();
    assert_fields(&record, &[("/ended_by", json!("buyer")), ("/hangup_reason", json!(reason))]);
}

#[test]
fn a_phone_gets_the_reason_of_the_callers_cancel() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-expects-a-reason-of-cancel", 1);
    Sipp::caller(&stage, "uac-cancels-because-expect-487", 1).succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme canceled"]);
    let reason = "Q.850;cause=16;text=\"Normal call clearing\"";
    assert_fields(&record, &[("/ended_by", json!("caller")), ("/hangup_reason", json!(reason))]);
}
