//! Calls whose flow asks questions before routing.

use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

#[test]
fn digits_narrow_the_pool() {
    let only = |id, host, more| Contract { id, host, more };
    let stage = Stage::new(
        "auto-quote",
        "",
        &[
            only("newyork", 10, "filters = { states = [\"NY\"] }"),
            only(
                "policies",
                10,
                "filters = { fields = [{ field = \"intent\", equals = \"existing\" }] }",
            ),
            only("acme", 11, "filters = { zips = [\"23456\"] }"),
        ],
    );
    let more = ["-d", "2000"];
    let buyer = Sipp::buyer_with(&stage, 11, "uas-answers-then-hangs-up", 1, &more);
    let caller = Sipp::caller(&stage, "uac-presses-1-23456", 1);
    caller.succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("bridged")),
            ("/ended_by", json!("buyer")),
            ("/fields/intent", json!("new")),
            ("/fields/zip", json!("23456")),
            ("/billable", json!(true)),
        ],
    );
    let decision = stage.decision(&record);
    let passed_over: Vec<_> = decision["passed_over"].as_array().unwrap().iter().collect();
    let reason = |id: &str| {
        let of = passed_over.iter().find(|passed| passed["contract"] == id);
        of.map(|passed| passed["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(reason("newyork").as_deref(), Some("geo_mismatch"), "{decision:#}");
    assert_eq!(reason("policies").as_deref(), Some("field_mismatch"), "{decision:#}");
}

/// The book changes during a question: the call is routed by the book with which it began, the next
/// call by the new one.
#[test]
fn a_call_under_way_keeps_its_book() {
    let acme = |more| [Contract { id: "acme", host: 11, more }];
    let stage = Stage::new("auto-quote", "", &acme(""));
    let more = ["-d", "2000"];
    let buyer = Sipp::buyer_with(&stage, 11, "uas-answers-then-hangs-up", 1, &more);
    let caller = Sipp::caller(&stage, "uac-presses-1-23456", 1);
    until("the call is listed", || !stage.calls().is_empty());
    stage.apply("auto-quote", "", &acme("enabled = false"));
    assert_fields(&stage.calls()[0], &[("/state", json!("live")), ("/attempts", json!([]))]);
    caller.succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/book_version", json!(1)), ("/reason", json!("bridged"))]);
    let decision = stage.decision(&record);
    assert_fields(&decision, &[("/book_version", json!(1)), ("/replayed", json!(true))]);
    Sipp::caller(&stage, "uac-hangs-up-in-ivr", 1).succeed();
    assert_fields(&stage.records()[1], &[("/book_version", json!(2))]);
}

#[test]
fn the_caller_hangs_up_while_the_flow_speaks() {
    let stage = Stage::new("auto-quote", "", &[contract("acme", 10)]);
    Sipp::caller(&stage, "uac-hangs-up-in-ivr", 1).succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), [""; 0]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("abandoned")),
            ("/ended_by", json!("caller")),
            ("/winner", json!(null)),
            ("/billable", json!(false)),
            ("/talk_seconds", json!(0.0)),
        ],
    );
    assert!(record["answered_at"].is_string(), "{record:#}");
}

#[test]
fn nobody_eligible_is_what_the_flow_says() {
    let more = "filters = { states = [\"NY\"] }";
    let stage = Stage::new("after-hours", "", &[Contract { id: "acme", host: 10, more }]);
    // The flow speaks a sentence and hangs up.
    Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1).succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), [""; 0]);
    assert_fields(&record, &[("/reason", json!("no_contract")), ("/ended_by", json!("switch"))]);
}

#[test]
fn nobody_eligible_and_no_word_is_480() {
    let more = "filters = { states = [\"NY\"] }";
    let stage = Stage::direct(&[Contract { id: "acme", host: 10, more }]);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    assert_fields(
        &stage.record(),
        &[
            ("/reason", json!("no_contract")),
            ("/ended_by", json!("switch")),
            ("/sip_status", json!(480)),
            ("/answered_at", json!(null)),
        ],
    );
}
