//! Gateways that redirect, want other sessions, ring two phones, or change the session by UPDATE.

use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;

/// A switch whose buyer `acme` redirects to host 11 at a port, where the book has `desk`, on 5060.
fn redirected(port: u16) -> (Stage, Sipp) {
    let desk = Contract { id: "desk", host: 11, more: "enabled = false" };
    let stage = Stage::direct(&[contract("acme", 10), desk]);
    let to = format!("sip:desk@{}:{port}", stage.ip(11));
    let acme = Sipp::buyer_with(&stage, 10, "uas-redirects-302", 1, &["-key", "refer_to", &to]);
    (stage, acme)
}

#[test]
fn a_redirection_to_a_destination_of_the_book_is_followed() {
    let (stage, acme) = redirected(5060);
    let desk = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    acme.succeed();
    desk.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/reason", json!("bridged")), ("/winner/contract", json!("acme"))]);
}

#[test]
fn a_redirection_to_any_other_address_is_a_refusal() {
    let (stage, acme) = redirected(5061);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    acme.succeed();
    let record = stage.record();
    assert_fields(&record, &[("/winner", json!(null)), ("/attempts/0/sip_status", json!(302))]);
}

/// Plays a call with a buyer that follows `scenario`, until the caller hangs up.
fn bridged(scenario: &str) {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, scenario, 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/reason", json!("bridged")), ("/ended_by", json!("caller"))]);
}

#[test]
fn a_buyer_that_wants_longer_sessions_gets_them() {
    bridged("uas-wants-long-sessions-422");
}

#[test]
fn the_phone_that_answers_gets_the_call_and_not_the_one_that_announced() {
    bridged("uas-forks-then-answers");
}

#[test]
fn a_buyer_may_refresh_hold_and_resume_by_update() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    // It stays until both are connected.
    let scenario = "uas-refreshes-and-holds-by-update";
    let buyer = Sipp::buyer_with(&stage, 10, scenario, 1, &["-d", "1500"]);
    Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1).succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/reason", json!("bridged")), ("/ended_by", json!("buyer"))]);
}
