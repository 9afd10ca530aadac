//! Callers on suppression lists: imported, refused as the offer answers, and never routed.

use std::fs;

use serde_json::json;

use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use crate::until::until;

/// The caller of the scenarios, as a spreadsheet has it.
const LIST: &str = "\u{feff}name;Phone\r\nAnn;(305) 555-0123\r\nBob;+1 305-555-0199\r\n";

/// Returns a switch whose list of litigators has the caller. The switch runs already.
fn stage(more: &[&str]) -> Stage {
    let stage = Stage::direct(&[contract("acme", 10)]);
    fs::write(stage.home().join("list.csv"), LIST).unwrap();
    let mut import = vec!["suppress", "import", "list.csv", "--list", "litigators"];
    import.extend_from_slice(more);
    let printed = stage.run(&import);
    let expected = "litigators: 2 contacts in 3 lines, 2 added, 2 entries now\n";
    assert_eq!(printed, expected);
    stage
}

#[test]
fn a_suppressed_caller_is_turned_away_and_the_record_says_why() {
    let stage = stage(&["--reason", "sued in 2025"]);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    let record = stage.record();
    assert_fields(
        &record,
        &[
            ("/reason", json!("suppressed_caller")),
            ("/suppressed_by", json!("litigators")),
            ("/sip_status", json!(480)),
            ("/ended_by", json!("switch")),
            ("/attempts", json!([])),
            ("/decision_id", json!(null)),
            ("/answered_at", json!(null)),
        ],
    );
    assert_eq!(stage.figure("strowger_screened_total{what=\"suppressed\"}"), 1.0);
    assert_eq!(stage.figure("strowger_calls_ended_total{reason=\"suppressed_caller\"}"), 1.0);
    let log = stage.log();
    assert!(log.contains("suppressed_caller") && log.contains("litigators"), "{log}");
    assert!(!log.contains("3055550123"), "{log}");
    let shown = stage.run(&["calls", "show", record["id"].as_str().unwrap()]);
    assert!(shown.contains("suppressed  by list litigators"), "{shown}");
    let check = stage.run(&["suppress", "check", "305-555-0123"]);
    assert!(check.contains("is on litigators (applies to all) since "), "{check}");
    assert!(check.contains(": sued in 2025") && !check.contains("5550123"), "{check}");
    // From the next call on, the caller is routed.
    let printed = stage.run(&["suppress", "remove", "+13055550123", "--list", "litigators"]);
    assert_eq!(printed, "litigators: 1 of 1 contact removed\n");
    let buyer = Sipp::buyer(&stage, 10, "uas-busy-486", 1);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    buyer.succeed();
    assert_fields(&stage.records()[1], &[("/reason", json!("no_contract"))]);
}

/// The list of another offer does not concern the caller.
#[test]
fn a_list_of_another_offer_lets_the_caller_through() {
    let stage = stage(&["--offer", "service"]);
    let buyer = Sipp::buyer(&stage, 10, "uas-busy-486", 1);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    buyer.succeed();
    assert_fields(
        &stage.record(),
        &[("/reason", json!("no_contract")), ("/suppressed_by", json!(null))],
    );
    assert_eq!(stage.figure("strowger_screened_total{what=\"clear\"}"), 1.0);
}

/// Nobody can be found by a number that is not sent.
#[test]
fn a_caller_without_a_number_is_not_suppressed() {
    let stage = stage(&[]);
    let caller = Phone::new(&stage, 21);
    let buyer = Sipp::buyer(&stage, 10, "uas-busy-486", 1);
    caller.send(&caller.invite().replace("sip:+13055550123@", "sip:anonymous@"));
    let refusal = caller.await_status(480);
    caller.send(&caller.within_refused(&refusal));
    buyer.succeed();
    assert_fields(&stage.record(), &[("/caller", json!(null)), ("/reason", json!("no_contract"))]);
    assert_eq!(stage.figure("strowger_screened_total{what=\"suppressed\"}"), 0.0);
}

/// A switch without the key of its lists routes calls, and says so.
#[test]
fn lists_that_cannot_be_read_cost_no_call() {
    let mut stage = stage(&[]);
    stage.kill();
    fs::remove_file(stage.home().join("strowger.db-suppression.key")).unwrap();
    stage.start();
    let buyer = Sipp::buyer(&stage, 10, "uas-busy-486", 1);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    buyer.succeed();
    until("the failure is logged", || stage.log().contains("suppression lists not read"));
    assert_eq!(stage.figure("strowger_screened_total{what=\"failed\"}"), 1.0);
    assert_fields(&stage.record(), &[("/reason", json!("no_contract"))]);
}
