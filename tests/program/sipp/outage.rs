//! A database that accepts no writes: calls continue, and nothing of them is lost.

use rusqlite::Connection;
use serde_json::Value;
use serde_json::json;

use super::bridged::assert_sold;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use crate::until::until;

/// Another program that holds the database's write lock, until it is dropped.
pub(super) struct Lock(Connection);

impl Lock {
    pub(super) fn of(stage: &Stage) -> Self {
        let database = Connection::open(stage.home().join("strowger.db")).unwrap();
        // The switch may be writing at this moment.
        database.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self(database)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

/// One prepaid buyer with a balance of 1,000 dollars.
fn prepaid(settings: &str) -> Stage {
    let contracts = [Contract { id: "acme", host: 10, more: "# prepaid" }];
    let stage = Stage::direct_with(settings, &contracts);
    pay(&stage);
    stage
}

/// Pays 1,000 dollars for the buyer.
pub(super) fn pay(stage: &Stage) {
    stage.run(&["balance", "credit", "acme", "1000.00", "--note", "invoice"]);
    until("the switch knows of the payment", || {
        stage.fetch("/v1/balances/acme")["available"]["amount"] == "1000.00"
    });
}

/// Checks that every call was sold once, and that the balance paid for each.
pub(super) fn assert_all_sold(stage: &Stage, records: &[Value], calls: usize) {
    assert_eq!(records.len(), calls);
    for record in records {
        assert_sold(record, "caller", 1.0..20.0);
        let decision = stage.decision(record);
        assert_fields(&decision, &[("/replayed", json!(true))]);
    }
    let charged = format!("-{}.00", calls * 5);
    let left = format!("{}.00", 1_000 - calls * 5);
    let balance = stage.fetch("/v1/balances/acme");
    let expected = [("/charged/amount", json!(charged)), ("/balance/amount", json!(left.clone()))];
    assert_fields(&balance, &expected);
    assert_eq!(balance["available"]["amount"], json!(left));
}

#[test]
fn calls_go_on_while_another_program_holds_the_write_lock() {
    let stage = prepaid("");
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 5);
    let before = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2500"]);
    until("the first call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    let lock = Lock::of(&stage);
    let more = ["-d", "1200", "-r", "4"];
    Sipp::caller_at(&stage, 21, "uac-talks-then-hangs-up", 4, &more).succeed();
    before.succeed();
    buyer.succeed();
    // What was acknowledged is shown, although it is not in the database.
    let listed = stage.calls().remove(0);
    assert_fields(&listed, &[("/state", json!("live"))]);
    let path = format!("/v1/calls/{}", listed["id"].as_str().unwrap());
    until("the end of the first call is acknowledged", || stage.fetch(&path)["state"] == "ended");
    assert_sold(&stage.fetch(&path), "caller", 1.0..20.0);
    assert_fields(&stage.decision(&listed), &[("/replayed", json!(true))]);
    assert!(stage.figure("strowger_journal_facts") >= 5.0);
    // For a moment, a call that ends counts among the live ones and among those that wait.
    until("all calls wait for the database", || stage.figure("strowger_calls_live") == 5.0);
    assert_eq!(stage.answer("/readyz").0, 200);
    drop(lock);
    assert_all_sold(&stage, &stage.records(), 5);
    assert_eq!(stage.figure("strowger_journal_facts"), 0.0);
}

#[test]
fn a_switch_that_is_killed_while_the_database_is_locked_loses_no_call() {
    let mut stage = prepaid("");
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 3);
    let lock = Lock::of(&stage);
    let more = ["-d", "1200", "-r", "3"];
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 3, &more).succeed();
    buyer.succeed();
    until("every end is durable", || stage.figure("strowger_journal_ended_calls") == 3.0);
    assert_eq!(stage.calls(), [] as [Value; 0], "the database has none of them");
    stage.kill();
    drop(lock);
    stage.start();
    assert_all_sold(&stage, &stage.records(), 3);
}

#[test]
fn after_a_clean_stop_nobody_needs_the_journal_and_a_new_one_begins() {
    let mut stage = prepaid("");
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 2);
    let more = ["-d", "1200", "-r", "2"];
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 2, &more).succeed();
    buyer.succeed();
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    std::fs::remove_dir_all(stage.home().join("strowger.db-facts")).unwrap();
    stage.start();
    assert_all_sold(&stage, &stage.records(), 2);
    // The new journal's facts have the same numbers as the old one's.
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1200"]).succeed();
    buyer.succeed();
    assert_all_sold(&stage, &stage.records(), 3);
}

#[test]
fn a_full_journal_rejects_new_calls_and_those_that_live_end_right() {
    let stage = prepaid("[journal]\nmax = \"1MiB\"\n");
    let phone = Phone::new(&stage, 20);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 100_000);
    phone.send(&phone.invite());
    let answer = phone.await_status(200);
    phone.send(&phone.within("ACK", 1, &answer));
    until("the first call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    let lock = Lock::of(&stage);
    let full = || {
        let (bytes, max) = ("strowger_journal_bytes", "strowger_journal_bytes_max");
        stage.figure(bytes) >= stage.figure(max) * 0.75
    };
    let more = ["-d", "1100", "-r", "50"];
    let crowd = Sipp::caller_at(&stage, 21, "uac-talks-then-hangs-up", 100_000, &more);
    until("three quarters of the journal are full", full);
    Sipp::caller_at(&stage, 22, "uac-rejected-expect-503", 1, &[]).succeed();
    let (status, why) = stage.answer("/readyz");
    assert_eq!((status, why.as_str()), (503, "the journal is three quarters full\n"));
    drop(crowd);
    phone.send(&phone.within("BYE", 2, &answer));
    phone.await_cseq(200, "2 BYE");
    let path = format!("/v1/calls/{}", stage.calls()[0]["id"].as_str().unwrap());
    until("its end is acknowledged", || stage.fetch(&path)["state"] == "ended");
    assert_sold(&stage.fetch(&path), "caller", 1.0..60.0);
    drop(lock);
    until("the journal is empty", || stage.figure("strowger_journal_facts") == 0.0);
    until("calls are taken again", || stage.answer("/readyz").0 == 200);
    Sipp::caller_at(&stage, 23, "uac-talks-then-hangs-up", 1, &["-d", "1200"]).succeed();
    drop(buyer);
}
