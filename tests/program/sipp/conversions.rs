//! Sales that the buyer's keys convert, or its report, and a switch that is killed meanwhile.

use serde_json::Value;
use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use crate::until::until;

const BY_REPORT: &str = "conversion = { by = \"report\", \
    max = { amount = \"9.00\", currency = \"USD\" } }\n# prepaid";
const BY_KEY: &str = "conversion = { by = \"key\" }";

fn stage(more: &str) -> Stage {
    let stage = Stage::direct(&[Contract { id: "acme", host: 10, more }]);
    stage.run(&["balance", "credit", "acme", "20.00", "--note", "invoice"]);
    available(&stage, "20.00");
    stage
}

/// Waits until the buyer can spend this amount.
fn available(stage: &Stage, amount: &str) {
    until("the switch knows the balance", || {
        stage.fetch("/v1/balances/acme")["available"]["amount"] == amount
    });
}

/// Returns the path with the key that the buyer got in its INVITE.
fn path(buyer: &Sipp) -> String {
    let messages = buyer.messages();
    let invite = messages.received().into_iter().find(|message| message.contains("INVITE sip:"));
    let invite = invite.unwrap();
    let key = invite.lines().find_map(|line| line.strip_prefix("X-Strowger-Key: ")).unwrap();
    format!("/v1/conversions/{}", key.trim())
}

fn until_bridged(stage: &Stage) {
    until("the call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
}

/// Reports a sale as soon as it is stored.
fn report(stage: &Stage, path: &str, body: &Value) -> Value {
    until("the sale is stored", || stage.tell(path, body).0 == 200);
    stage.tell(path, body).1
}

#[test]
fn a_report_before_and_after_a_killed_switch_charges_once() {
    let mut stage = stage(BY_REPORT);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "60000"]);
    until_bridged(&stage);
    let path = path(&buyer);
    let sold = json!({"sold": true, "disposition": "quoted", "reference": "order-7"});
    let first = report(&stage, &path, &sold);
    assert_eq!(first["disposition"], "quoted");
    stage.kill();
    drop((buyer, caller));

    stage.start();
    available(&stage, "15.00");
    assert_eq!(stage.tell(&path, &sold), (200, first));
    available(&stage, "15.00");
    let record = stage.record();
    assert_fields(
        &record,
        &[
            ("/reason", json!("switch_restart")),
            ("/billable", json!(true)),
            ("/revenue/amount", json!("5.00")),
            ("/payout/amount", json!("2.00")),
            ("/conversion/disposition", json!("quoted")),
            ("/winner/conversion/by", json!("report")),
        ],
    );
    let shown = stage.run(&["calls", "show", record["id"].as_str().unwrap()]);
    assert!(shown.contains("reported    sold (quoted) as order-7"), "{shown}");

    let large = json!({"sold": true, "revenue": {"amount": "9.01", "currency": "USD"}});
    let (status, refused) = stage.tell(&path, &large);
    assert_eq!((status, &refused["reason"]), (422, &json!("revenue_not_allowed")));
    available(&stage, "15.00");
    let more = json!({"sold": true, "revenue": {"amount": "9.00", "currency": "USD"}});
    assert_eq!(stage.tell(&path, &more).0, 200);
    available(&stage, "11.00");
    stage.kill();
    stage.start();
    available(&stage, "11.00");
    assert_eq!(stage.tell(&path, &json!({"sold": false})).0, 200);
    available(&stage, "20.00");
    assert_fields(
        &stage.record(),
        &[("/billable", json!(false)), ("/revenue/amount", json!("0.00"))],
    );
}

#[test]
fn the_buyers_keys_make_a_call_billable() {
    let stage = stage(BY_KEY);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers-presses-star-7", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "5000"]).succeed();
    buyer.succeed();
    let record = stage.ended_record();
    assert!(record["keyed_at"].is_string(), "{record}");
    assert_fields(&record, &[("/billable", json!(true)), ("/revenue/amount", json!("5.00"))]);
}

#[test]
fn without_the_keys_the_call_is_free() {
    let stage = stage(BY_KEY);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1500"]).succeed();
    buyer.succeed();
    let record = stage.ended_record();
    assert_fields(&record, &[("/billable", json!(false)), ("/keyed_at", json!(null))]);
}
