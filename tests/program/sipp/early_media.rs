//! What callers hear before the answer, and ringing that must be acknowledged.

use serde_json::json;

use super::phone::Ear;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;

#[test]
fn a_caller_hears_a_gateways_announcement_before_the_answer() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let scenario = "uas-announces-reliably-then-answers";
    let buyer = Sipp::buyer_with(&stage, 10, scenario, 1, &["-d", "2500"]);
    let caller = Phone::new(&stage, 21);
    let caller_ear = Ear::new(&stage, 21, 6000);
    caller.send(&caller.invite());
    let progress = caller.await_status(183);
    assert_ne!(Phone::audio(&progress).port(), 0);
    let announcement = caller_ear.packets(60);
    assert!(announcement.iter().any(|sound| *sound != announcement[0]), "it is speech");
    let answer = caller.await_status(200);
    assert_eq!(Phone::audio(&answer), Phone::audio(&progress), "the same answer");
    caller.send(&caller.within("ACK", 1, &answer));
    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/reason", json!("bridged")), ("/winner/contract", json!("acme"))]);
}

#[test]
fn a_caller_may_require_that_ringing_is_acknowledged() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-rings-then-answers", 1, &["-d", "700"]);
    Sipp::caller_with(&stage, "uac-requires-100rel-and-timer", 1, &["-d", "500"]).succeed();
    buyer.succeed();
    assert_eq!(attempts(&stage.record()), ["acme won"]);
}
