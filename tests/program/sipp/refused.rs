//! Requests that are rejected.

use serde_json::json;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;

/// Plays a scenario and checks that it left no record.
fn without_a_record(host: u8, scenario: &str, more: &[&str]) {
    let stage = Stage::direct(&[contract("acme", 10)]);
    Sipp::caller_at(&stage, host, scenario, 1, more).succeed();
    assert_eq!(stage.records(), Vec::<serde_json::Value>::new());
}

#[test]
fn an_unknown_number_is_404() {
    without_a_record(20, "uac-unknown-number-expect-404", &[]);
}

#[test]
fn an_unknown_source_is_403() {
    without_a_record(30, "uac-stranger-expect-403", &[]);
}

#[test]
fn an_unknown_source_is_403_over_tcp() {
    without_a_record(30, "uac-stranger-expect-403", &["-t", "t1"]);
}

#[test]
fn subscribe_is_405() {
    without_a_record(20, "uac-subscribe-expect-405", &[]);
}

#[test]
fn register_is_405() {
    without_a_record(20, "uac-register-expect-405", &[]);
}

#[test]
fn options_is_200() {
    without_a_record(20, "uac-options-expect-200", &[]);
}

#[test]
fn an_unknown_extension_is_420() {
    without_a_record(20, "uac-requires-extension-expect-420", &[]);
}

#[test]
fn a_bye_without_a_dialog_is_481() {
    without_a_record(20, "uac-bye-without-dialog-expect-481", &[]);
}

#[test]
fn no_common_codec_is_488() {
    let stage = Stage::new("auto-quote", "", &[contract("acme", 10)]);
    Sipp::caller(&stage, "uac-offers-g729-only-expect-488", 1).succeed();
    assert_fields(
        &stage.record(),
        &[
            ("/reason", json!("no_common_codec")),
            ("/sip_status", json!(488)),
            ("/attempts", json!([])),
        ],
    );
}

#[test]
fn no_common_codec_rings_nobody() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    Sipp::caller(&stage, "uac-offers-g729-only-expect-488", 1).succeed();
    assert_fields(
        &stage.record(),
        &[
            ("/reason", json!("no_common_codec")),
            ("/sip_status", json!(488)),
            ("/attempts", json!([])),
        ],
    );
}
