//! Several nodes on one database: they have different names, and each takes calls.

use std::io::BufRead as _;

use serde_json::Value;
use serde_json::json;

use super::bridged::assert_sold;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use crate::events_at::events_at;
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
    let mut events = events_at(two.api(), two.token());
    let live = |at: &Stage| at.fetch("/v1/calls?state=live")["items"].as_array().unwrap().clone();

    let buyer = Sipp::buyer(&one, 10, "uas-answers", 1);
    let caller = Sipp::caller(&one, "uac-talks-until-hung-up-on", 1);
    let is_bridged = |call: &Value| call["bridged_at"].is_string();
    until("the other node shows the call", || live(&two).first().is_some_and(is_bridged));
    let calls = live(&two);
    let id = calls[0]["id"].as_str().unwrap();
    assert_eq!(live(&one)[0]["id"], id);
    for stage in [&one, &two] {
        let printed = stage.run(&["calls", "live"]);
        assert!(printed.contains(NUMBER) && printed.contains("bridged"), "{printed}");
    }

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
    assert_eq!(hang_up(), (200, record.clone()));

    // Its events were shown here as they happened there.
    let mut seen = Vec::new();
    while seen.last().is_none_or(|name| name != "call.ended") {
        let mut line = String::new();
        assert!(events.read_line(&mut line).unwrap() > 0, "the stream ended after {seen:?}");
        if let Some(name) = line.trim_end().strip_prefix("event: ") {
            seen.push(name.to_owned());
        } else if let Some(data) = line.strip_prefix("data: ")
            && seen.last().is_some_and(|name| name.starts_with("call."))
        {
            let data: Value = serde_json::from_str(data).unwrap();
            assert_eq!(data["call"], record["id"]);
        }
    }
    let order = ["call.arrived", "call.decided", "call.bridged", "call.ended"];
    let found: Vec<&String> = seen.iter().filter(|name| order.contains(&name.as_str())).collect();
    assert_eq!(found, order, "{seen:?}");
}
