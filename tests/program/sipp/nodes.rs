//! Several nodes on one database: they have different names, and each takes calls.

use serde_json::Value;
use serde_json::json;

use super::bridged::assert_sold;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use crate::http;
use crate::postgres::Postgres;
use crate::shared::on;
use crate::until::until;

/// Plays a call to a node that sells it to the buyer at .10.
fn call(stage: &Stage) {
    let buyer = Sipp::buyer(stage, 10, "uas-answers", 1);
    Sipp::caller_with(stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    buyer.succeed();
}

#[test]
fn a_second_node_of_a_name_does_not_start_and_a_killed_one_does() {
    let server = Postgres::start();
    let database = server.create("nodes", "template1");
    let contracts: [Contract<'_>; 1] = [contract("acme", 10)];
    let mut first =
        Stage::changed(&contracts, |_, text| on(&text, &database, "one"), |_, book| book);
    call(&first);
    assert_sold(&first.record(), "caller", 1.1..4.0);

    // It listens elsewhere, so that only the name is taken.
    let second = first.unstarted_beside(2, |text| on(&text, &database, "one"));
    let refused = second.command(&["serve"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("another node is called `one`"), "{said}");
    assert_eq!(first.answer("/readyz").0, 200);

    // Killed a moment ago: its successor waits until it is certain that it is gone.
    first.kill();
    first.start();
    assert!(first.log().contains("an earlier run of this node was live"), "{}", first.log());
    call(&first);
    assert_eq!(first.records().len(), 2);
}

#[test]
fn a_call_is_seen_at_another_node_and_hung_up_there() {
    let server = Postgres::start();
    let database = server.create("nodes", "template1");
    let contracts: [Contract<'_>; 1] = [contract("acme", 10)];
    let one = Stage::changed(&contracts, |_, text| on(&text, &database, "one"), |_, book| book);
    let two = one.beside(2, &contracts, |_, text| on(&text, &database, "two"), |_, book| book);
    let live = |at: &Stage| at.fetch("/v1/calls?state=live")["items"].as_array().unwrap().clone();

    let buyer = Sipp::buyer(&one, 10, "uas-answers", 1);
    let caller = Sipp::caller(&one, "uac-talks-until-hung-up-on", 1);
    let is_bridged = |call: &Value| call["bridged_at"].is_string();
    until("the other node shows the call", || live(&two).first().is_some_and(is_bridged));
    let calls = live(&two);
    let id = calls[0]["id"].as_str().unwrap();
    assert_eq!(live(&one)[0]["id"], id);

    let path = format!("/v1/calls/{id}/hangup");
    let hang_up = || {
        let (status, body) = http::post(two.api(), &path, Some(two.token()), "");
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let (status, asked) = hang_up();
    assert_eq!((status, &asked["state"]), (202, &json!("live")), "{asked}");
    caller.succeed();
    buyer.succeed();
    let record = two.ended_record();
    assert_fields(&record, &[("/reason", json!("hung_up")), ("/ended_by", json!("switch"))]);
    assert_eq!(one.record(), record);
    assert_eq!((live(&one), live(&two)), (vec![], vec![]));
    assert_eq!(hang_up(), (200, record));
}
