//! Callers who were sold before: refused, not billed, or sent to the buyer who had them.

use serde_json::Value;
use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::http;
use crate::postgres::Postgres;
use crate::redis_server::RedisServer;
use crate::shared::counted_at;
use crate::shared::on;

const CALLER: &str = "+13055550123";

/// Plays a call of the one caller to the buyer at a host; `talk` is in milliseconds, and a second is
/// billable.
fn call(stage: &Stage, host: u8, talk: &str) -> Value {
    let buyer = Sipp::buyer(stage, host, "uas-answers", 1);
    Sipp::caller_with(stage, "uac-talks-then-hangs-up", 1, &["-d", talk]).succeed();
    buyer.succeed();
    stage.records().last().unwrap().clone()
}

fn stage(rule: &str, contracts: &[Contract<'_>]) -> Stage {
    let rule = format!("duplicate = {{ fields = [\"phone\"], window = \"30d\", {rule} }}\n");
    Stage::new("direct", &rule, contracts)
}

fn assert_not_billed(stage: &Stage, record: &Value, first: &Value) {
    assert_fields(
        record,
        &[
            ("/billable", json!(false)),
            ("/winner/price/amount", json!("0.00")),
            ("/winner/conversion/by", json!("repeated")),
            ("/revenue/amount", json!("0.00")),
            ("/payout/amount", json!("0.00")),
        ],
    );
    let decision = stage.decision(record);
    let sold_at = &record["winner"]["conversion"]["sold_at"];
    assert_eq!(&decision["picks"][0]["not_billed"], sold_at);
    assert_eq!(decision["replayed"], true, "{decision}");
    let (sold_at, first) = (sold_at.as_str().unwrap(), first["started_at"].as_str().unwrap());
    assert_eq!(&sold_at[..13], &first[..13], "{sold_at} {first}");
}

/// The cap of a day has room for one call. Of one caller three are connected, one of them after a
/// restart; then another policy applies.
#[test]
fn a_repeated_caller_is_connected_and_not_billed() {
    let capped = Contract { id: "acme", host: 10, more: "caps = { day = 2 }" };
    let mut stage = stage("then = \"not_billed\"", &[capped]);
    let first = call(&stage, 10, "1500");
    assert_fields(&first, &[("/billable", json!(true)), ("/revenue/amount", json!("5.00"))]);
    assert_not_billed(&stage, &call(&stage, 10, "1500"), &first);
    stage.kill();
    stage.start();
    assert_not_billed(&stage, &call(&stage, 10, "1500"), &first);
    let asked = json!({ "offer": "auto", "fields": { "phone": CALLER } }).to_string();
    let explain = |stage: &Stage| {
        let (status, told) = http::post(stage.api(), "/v1/explain", Some(stage.token()), &asked);
        assert_eq!(status, 200, "{told}");
        serde_json::from_str::<Value>(&told).unwrap()
    };
    let told = explain(&stage);
    assert!(told["picks"][0]["not_billed"].is_string(), "{told}");

    // A person who is forgotten was never here.
    let body = json!({ "phone": CALLER }).to_string();
    let (status, removed) =
        http::post(stage.api(), "/v1/privacy/delete", Some(stage.token()), &body);
    assert_eq!(status, 200, "{removed}");
    let record = call(&stage, 10, "1500");
    assert_fields(&record, &[("/billable", json!(true)), ("/revenue/amount", json!("5.00"))]);
    let told = explain(&stage);
    assert_eq!(told["passed_over"][0]["reason"], "cap_day", "two were billed: {told}");
}

/// The first call is too short to be billable; the second is not.
#[test]
fn a_caller_is_refused_once_converted() {
    let rule = "after = \"converted\", then = \"refuse\"";
    let mut stage = stage(rule, &[contract("acme", 10)]);
    assert_fields(&call(&stage, 10, "200"), &[("/billable", json!(false))]);
    assert_fields(&call(&stage, 10, "1500"), &[("/billable", json!(true))]);
    for _ in 0..2 {
        Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
        let record = stage.records().last().unwrap().clone();
        assert_eq!(attempts(&record), Vec::<String>::new());
        assert_eq!(stage.decision(&record)["passed_over"][0]["reason"], "duplicate");
        stage.kill();
        stage.start();
    }
}

/// The buyer who had the caller comes first, also at another node of the same counters.
#[test]
fn a_repeated_caller_gets_the_same_buyer_at_two_nodes() {
    let (database, redis) = (Postgres::start(), RedisServer::start());
    let url = database.create("repeated", "template0");
    let node = |name: &str, text: String| on(&text, &url, name) + &counted_at(redis.port);
    let contracts = [contract("first", 10), contract("second", 11)];
    let rule = "duplicate = { fields = [\"phone\"], then = \"same_buyer\" }\nring_timeout";
    let mut one = Stage::changed(
        &contracts,
        |_, text| node("one", text),
        |_, book| book.replacen("ring_timeout", rule, 1),
    );
    let two = one.unstarted_beside(2, |text| node("two", text));
    let two = one.start_with(two);
    // Nobody is at the first buyer.
    assert_eq!(attempts(&call(&one, 11, "1500")), ["first unreachable", "second won"]);
    for stage in [&two, &one] {
        let record = call(stage, 11, "200");
        assert_eq!(attempts(&record), ["second won"]);
        let decision = stage.decision(&record);
        assert!(decision["picks"][0]["same_buyer"].is_string(), "{decision}");
        assert_eq!(decision["picks"][1]["contract"], "first");
    }
    one.kill();
    one.start();
    assert_eq!(attempts(&call(&one, 11, "200")), ["second won"]);

    // Forgotten at one node, unknown at both.
    let body = json!({ "phone": CALLER }).to_string();
    let (status, removed) = http::post(one.api(), "/v1/privacy/delete", Some(one.token()), &body);
    assert_eq!(status, 200, "{removed}");
    let record = call(&two, 10, "200");
    assert_eq!(attempts(&record), ["first won"]);
}
