//! A switch that is killed during calls.

use serde_json::json;

use super::bridged::assert_sold;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

#[test]
fn calls_that_a_killed_switch_left_are_closed_and_new_ones_taken() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 5);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 5, &["-d", "60000"]);
    until("five calls are bridged", || {
        stage.calls().iter().filter(|call| call["bridged_at"].is_string()).count() == 5
    });
    stage.kill();
    drop((buyer, caller));

    stage.start();
    let closed = stage.records();
    assert_eq!(closed.len(), 5);
    for record in &closed {
        assert_eq!(attempts(record), ["acme won"]);
        assert_fields(
            record,
            &[
                ("/state", json!("ended")),
                ("/reason", json!("switch_restart")),
                ("/ended_by", json!("switch")),
                ("/winner/contract", json!("acme")),
            ],
        );
    }

    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    buyer.succeed();
    let records = stage.records();
    assert_eq!(records.len(), 6);
    assert_sold(&records[5], "caller", 1.1..4.0);
}

#[test]
fn a_switch_that_is_told_to_stop_twice_hangs_up_and_writes_every_record() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 5);
    let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 5);
    until("five calls are bridged", || {
        stage.calls().iter().filter(|call| call["bridged_at"].is_string()).count() == 5
    });
    stage.tell_to_stop();
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    caller.succeed();
    buyer.succeed();
    stage.start();
    let records = stage.records();
    assert_eq!(records.len(), 5);
    for record in &records {
        assert_eq!(attempts(record), ["acme won"]);
        assert_fields(record, &[("/state", json!("ended")), ("/ended_by", json!("switch"))]);
    }
}

#[test]
fn a_switch_that_is_told_to_stop_waits_for_its_calls() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]);
    until("the call is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    caller.succeed();
    buyer.succeed();
    stage.start();
    assert_sold(&stage.record(), "caller", 1.4..4.0);
}

/// Plays a call to the buyer that takes it, at one host, for longer than the buffer.
fn call(stage: &Stage, host: u8) {
    let buyer = Sipp::buyer(stage, host, "uas-answers", 1);
    Sipp::caller_with(stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    buyer.succeed();
}

fn credit(stage: &Stage, amount: &str) {
    stage.run(&["balance", "credit", "paying", amount, "--note", "invoice"]);
    until("the switch knows of the payment", || {
        stage.fetch("/v1/balances/paying")["available"]["amount"] == amount
    });
}

/// Returns the contracts passed over in the last call's decision, and why.
fn passed_over(stage: &Stage) -> Vec<String> {
    let decision = stage.decision(stage.records().last().unwrap());
    let passed = decision["passed_over"].as_array().unwrap();
    let shown = |over: &serde_json::Value| {
        format!("{} {}", over["contract"].as_str().unwrap(), over["reason"].as_str().unwrap())
    };
    passed.iter().map(shown).collect()
}

#[test]
fn budgets_balances_and_duplicates_outlive_a_killed_switch() {
    let budget = "caps = { budget = { day = { amount = \"5.00\", currency = \"USD\" } } }";
    let once = "duplicate = { fields = [\"phone\"], window = \"1d\" }";
    let mut stage = Stage::direct(&[
        Contract { id: "bounded", host: 10, more: budget },
        Contract { id: "paying", host: 11, more: "# prepaid" },
        Contract { id: "choosy", host: 12, more: once },
        contract("last", 13),
    ]);
    credit(&stage, "5.00");
    for host in [10, 11, 12] {
        call(&stage, host);
    }
    let buyer = Sipp::buyer(&stage, 13, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "60000"]);
    until("the fourth call is bridged", || {
        stage.calls().get(3).is_some_and(|call| call["bridged_at"].is_string())
    });
    stage.kill();
    drop((buyer, caller));

    stage.start();
    call(&stage, 13);
    let expected = ["bounded cap_budget", "paying balance_low", "choosy duplicate"];
    assert_eq!(passed_over(&stage), expected);
    let paying = stage.fetch("/v1/balances/paying");
    assert_fields(
        &paying,
        &[
            ("/balance/amount", json!("0.00")),
            ("/credited/amount", json!("5.00")),
            ("/charged/amount", json!("-5.00")),
            ("/entries/0/kind", json!("charge")),
            ("/entries/1/note", json!("invoice")),
        ],
    );
    credit(&stage, "5.00");
    call(&stage, 11);
    assert_eq!(passed_over(&stage), ["bounded cap_budget", "choosy duplicate"]);
    let call = paying["entries"][0]["reference"].as_str().unwrap();
    stage.run(&["balance", "return", call, "--note", "wrong number"]);
    until("the switch knows of the return", || {
        stage.fetch("/v1/balances/paying")["available"]["amount"] == "5.00"
    });
}

/// Nobody listens at the address of `silent`, so its first call pauses it.
#[test]
fn a_pause_outlives_a_killed_switch_until_it_is_resumed() {
    let rule = "auto_pause = { unanswered = 1, window = \"1h\", pause = \"1h\" }";
    let silent = Contract { id: "silent", host: 10, more: rule };
    let mut stage = Stage::direct(&[silent, contract("last", 11)]);
    call(&stage, 11);
    assert_eq!(attempts(&stage.records()[0]), ["silent unreachable", "last won"]);
    let pause = |stage: &Stage| stage.fetch("/v1/pauses")["items"][0].clone();
    until("the pause is stored", || pause(&stage)["state"] == "paused");
    assert_fields(
        &pause(&stage),
        &[("/contract", json!("silent")), ("/because", json!("unanswered"))],
    );
    stage.kill();

    stage.start();
    call(&stage, 11);
    assert_eq!(attempts(&stage.records()[1]), ["last won"]);
    assert_eq!(passed_over(&stage), ["silent paused"]);
    let said = stage.run(&["pauses", "resume", "silent"]);
    assert_eq!(said.trim(), "contract silent is resumed");
    until("the switch knows of it", || stage.log().contains("contract resumed"));
    call(&stage, 10);
    assert_eq!(attempts(&stage.records()[2]), ["silent won"]);
    assert_eq!(pause(&stage)["state"], "resumed");
    assert!(stage.run(&["pauses", "list"]).contains("pauses resume by user"));
}

/// Three calls at once through a trunk that carries two a day. A killed switch has counted them.
#[test]
fn the_limit_of_a_trunks_day_holds_for_calls_at_once_and_after_a_restart() {
    let contracts = [contract("limited", 10), contract("last", 11)];
    let book = |stage: &Stage, book: String| {
        let ip = stage.ip(10);
        let direct = format!("destination = {{ sip = \"sip:limited@{ip}:5060\" }}");
        let phone = "destination = { phone = \"+13055550111\", trunk = \"outbound\" }";
        assert!(book.contains(&direct), "{book}");
        format!(
            "{}[[trunk]]\nid = \"outbound\"\noutbound = \"sip:{ip}:5060\"\nping = \"off\"\nday = {{ calls = 2 }}\n",
            book.replace(&direct, phone)
        )
    };
    let mut stage = Stage::changed(&contracts, |_, settings| settings, book);
    let (two, one) =
        (Sipp::buyer(&stage, 10, "uas-answers", 2), Sipp::buyer(&stage, 11, "uas-answers", 1));
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 3, &["-d", "2000"]).succeed();
    two.succeed();
    one.succeed();
    let mut ends: Vec<Vec<String>> = stage.records().iter().map(attempts).collect();
    ends.sort();
    let refused = vec!["limited trunk_limit".to_owned(), "last won".to_owned()];
    let won = vec!["limited won".to_owned()];
    assert_eq!(ends, [refused.clone(), won.clone(), won]);
    assert!(stage.log().contains("calls of trunk outbound"), "{}", stage.log());
    stage.kill();

    stage.start();
    call(&stage, 11);
    assert_eq!(attempts(stage.records().last().unwrap()), refused);
}
