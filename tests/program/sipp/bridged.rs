//! Calls that reach a buyer.

use serde_json::Value;
use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

/// Checks the whole record of a call that was bridged to acme.
#[track_caller]
pub(crate) fn assert_sold(record: &Value, ended_by: &str, talk: std::ops::Range<f64>) {
    let billable = talk.start >= 1.0;
    assert_eq!(attempts(record), ["acme won"]);
    assert_fields(
        record,
        &[
            ("/state", json!("ended")),
            ("/reason", json!("bridged")),
            ("/ended_by", json!(ended_by)),
            ("/number", json!("+18005550100")),
            ("/caller", json!("+13055550123")),
            ("/trunk", json!("carrier")),
            ("/source", json!("ads")),
            ("/book_version", json!(1)),
            ("/sip_status", json!(null)),
            ("/winner/contract", json!("acme")),
            ("/winner/buyer", json!("acme")),
            ("/billable", json!(billable)),
            ("/revenue/amount", json!(if billable { "5.00" } else { "0.00" })),
            ("/payout/amount", json!(if billable { "2.00" } else { "0.00" })),
            ("/attempts/0/sip_status", json!(200)),
        ],
    );
    let connected = record["talk_seconds"].as_f64().unwrap();
    assert!(talk.contains(&connected), "{connected} s of talk are not in {talk:?}");
}

#[test]
fn the_caller_hangs_up() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 1.1..4.0);
}

/// A report has a call as soon as the call is listed: over HTTP, and as table, CSV and JSON.
#[test]
fn a_call_is_in_the_reports() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1500"]);
    caller.succeed();
    buyer.succeed();
    assert_eq!(stage.record()["attempts"][0]["tier"], "primary");
    let pnl = || stage.fetch("/v1/reports/pnl?group_by=buyer,source");
    until("the report has the call", || pnl()["total"]["calls"] == 1);
    let pnl = pnl();
    assert_fields(
        &pnl,
        &[
            ("/rows/0/buyer", json!("acme")),
            ("/rows/0/source", json!("ads")),
            ("/total/calls", json!(1)),
            ("/total/billable", json!(1)),
            ("/total/missed", json!(0)),
            ("/total/revenue/amount", json!("5.00")),
            ("/total/margin/amount", json!("3.00")),
        ],
    );
    let printed = stage.run(&["report", "pnl", "--group-by", "buyer,source", "--json"]);
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["rows"], pnl["rows"]);
    let csv = stage.run(&["report", "latency", "--csv"]);
    assert!(csv.contains("\nprimary,1,1,"), "{csv}");
    let table = stage.run(&["report", "rejections"]);
    assert!(
        table.lines().any(|line| line.starts_with("call ") && line.contains(" bridged ")),
        "{table}"
    );
}

#[test]
fn the_buyer_hangs_up() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    // Counted from the buyer's answer; connected time begins with the caller's ACK.
    let more = ["-d", "2500"];
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers-then-hangs-up", 1, &more);
    let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "buyer", 1.1..4.0);
}

#[test]
fn a_short_talk_is_not_billable() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "100"]);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 0.05..1.0);
}

#[test]
fn over_tcp_on_both_sides() {
    let stage = Stage::direct(&[Contract { id: "acme", host: 10, more: "# tcp" }]);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers", 1, &["-t", "t1"]);
    let more = ["-t", "t1", "-d", "2000"];
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &more);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 1.1..4.0);
}

#[test]
fn over_tcp_from_the_caller_and_udp_to_the_buyer() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    // Counted from the buyer's answer; connected time begins with the caller's ACK.
    let more = ["-d", "2500"];
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers-then-hangs-up", 1, &more);
    let caller = Sipp::caller_with(&stage, "uac-talks-until-hung-up-on", 1, &["-t", "t1"]);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "buyer", 1.1..4.0);
}
