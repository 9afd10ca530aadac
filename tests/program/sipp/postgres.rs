//! A switch whose database is on a PostgreSQL server.

use serde_json::Value;
use serde_json::json;

use super::outage::assert_all_sold;
use super::outage::pay;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use crate::http;
use crate::postgres::Postgres;
use crate::until::until;

/// A server, and a switch with a prepaid buyer, which is dropped before it.
fn prepaid() -> (Postgres, Stage) {
    let server = Postgres::start();
    let url = server.create("strowger", "template0");
    let contracts = [Contract { id: "acme", host: 10, more: "# prepaid" }];
    let stage = Stage::changed(
        &contracts,
        |_, settings| settings.replace("sqlite:strowger.db", &url),
        |_, book| book,
    );
    pay(&stage);
    (server, stage)
}

#[test]
fn a_killed_switch_closes_its_calls_and_loses_none() {
    let (_server, mut stage) = prepaid();
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 2);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1200"]).succeed();
    let caller = Sipp::caller_at(&stage, 21, "uac-talks-then-hangs-up", 1, &["-d", "60000"]);
    until("the second call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
            && stage.calls().len() == 2
    });
    stage.kill();
    drop((buyer, caller));
    stage.start();
    let records = stage.records();
    let reasons: Vec<&Value> = records.iter().map(|record| &record["reason"]).collect();
    assert!(reasons.contains(&&json!("switch_restart")), "{reasons:?}");
    stage.verify(&[]);
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    stage.verify(&[]);
}

#[test]
fn calls_go_on_while_the_server_is_away() {
    let (server, stage) = prepaid();
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 5);
    let before = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2500"]);
    until("the first call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    server.kill();
    let more = ["-d", "1200", "-r", "4"];
    Sipp::caller_at(&stage, 21, "uac-talks-then-hangs-up", 4, &more).succeed();
    before.succeed();
    buyer.succeed();
    until("every end is durable", || stage.figure("strowger_journal_ended_calls") == 5.0);
    // What the database would have to tell is an error, and no empty list.
    let (status, body) = http::fetch(stage.api(), "/v1/costs", stage.token());
    assert_eq!(status, 503, "{body}");
    server.up();
    assert_all_sold(&stage, &stage.records(), 5);
    stage.verify(&[]);
}

#[test]
fn an_installation_moves_from_sqlite() {
    let server = Postgres::start();
    let url = server.create("strowger", "template0");
    let mut stage = Stage::direct(&[Contract { id: "acme", host: 10, more: "" }]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 2);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 2, &["-d", "1200"]).succeed();
    buyer.succeed();
    let before = stage.records();
    let copy = ["db", "copy", "sqlite:strowger.db", &url];
    let refused = stage.command(&copy).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("another switch is running"), "{said}");
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    let printed = stage.run(&copy);
    assert!(printed.contains("inquiry: 2 rows, 2 of them now"), "{printed}");
    let path = stage.home().join("strowger.toml");
    let settings = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, settings.replace("sqlite:strowger.db", &url)).unwrap();
    stage.verify(&[]);
    stage.start();
    assert_eq!(stage.records(), before);
}
