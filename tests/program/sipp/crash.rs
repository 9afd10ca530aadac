//! A switch that is killed at each step of a call, and at random moments.

use std::collections::BTreeMap;
use std::net::UdpSocket;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;
use serde_json::json;
use strowger::base::Rng;

use super::bridged::assert_sold;
use super::scenario::Sipp;
use super::scenario::moment;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

/// The variable with the number of random kills; without it, the default applies.
const KILLS: &str = "STROWGER_KILLS";
const KILLS_OF_THE_SUITE: usize = 3;
/// How long callers stay connected until they hang up, in seconds.
const TALK: f64 = 1.2;
/// Maximum delay of a BYE on a busy machine, in seconds.
const LATE: f64 = 1.0;

/// Returns the record of the single call after a crash. Its phones are gone when the switch is back:
/// a caller who has no answer yet sends the INVITE again, which would be another call.
fn closed(stage: &mut Stage, phones: impl Sized) -> Value {
    stage.kill();
    drop(phones);
    stage.start();
    let record = stage.record();
    assert_eq!(record["state"], "ended");
    record
}

fn until_call(stage: &Stage, what: &str, is_so: impl Fn(&Value) -> bool) {
    until(what, || stage.calls().first().is_some_and(&is_so));
}

#[test]
fn killed_while_the_flow_asks() {
    let mut stage = Stage::new("auto-quote", "", &[contract("acme", 11)]);
    let caller = Sipp::caller(&stage, "uac-presses-1-23456", 1);
    until_call(&stage, "the call is known", |call| call["state"] == "live");
    let record = closed(&mut stage, caller);
    let expected = [("/reason", json!("switch_restart")), ("/billable", json!(false))];
    assert_fields(&record, &expected);
    assert_eq!(record["winner"], json!(null));
}

#[test]
fn killed_while_a_buyer_rings() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-never-answers-expect-cancel", 1);
    let caller = Sipp::caller(&stage, "uac-talks-then-hangs-up", 1);
    until_call(&stage, "the buyer is rung", |call| attempts(call) == ["acme -"]);
    let record = closed(&mut stage, (buyer, caller));
    assert_eq!(attempts(&record), ["acme canceled"]);
    let expected = [("/reason", json!("switch_restart")), ("/billable", json!(false))];
    assert_fields(&record, &expected);
    let decision = stage.decision(&record);
    assert_fields(&decision, &[("/id", record["decision_id"].clone()), ("/replayed", json!(true))]);
}

/// An INVITE was sent to the buyer, so opening and decision are durable, in journal or database.
#[test]
fn killed_as_soon_as_a_buyer_is_rung() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-never-answers-expect-cancel", 1);
    let caller = Sipp::caller(&stage, "uac-talks-then-hangs-up", 1);
    until("the buyer is rung", || buyer.has_received("INVITE sip:"));
    let record = closed(&mut stage, (buyer, caller));
    assert_eq!(attempts(&record), ["acme canceled"]);
    assert_fields(&stage.decision(&record), &[("/replayed", json!(true))]);
}

#[test]
fn killed_while_the_two_talk() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "60000"]);
    until_call(&stage, "the call is bridged", |call| call["bridged_at"].is_string());
    let record = closed(&mut stage, (buyer, caller));
    let killed = Timestamp::now();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/reason", json!("switch_restart"))]);
    assert!(ended_at(&record) <= killed);
    assert_fields(&stage.decision(&record), &[("/replayed", json!(true))]);
}

#[test]
fn killed_while_the_buyer_is_being_hung_up_on() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "1200"]);
    until_call(&stage, "the call is bridged", |call| call["bridged_at"].is_string());
    // The switch's BYE gets no answer, and no closed port is reported.
    drop(buyer);
    let _silent = UdpSocket::bind((stage.ip(10), 5060)).unwrap();
    caller.succeed();
    until_call(&stage, "the call has ended", |call| call["state"] == "ended");
    assert!(stage.figure("strowger_sip_sessions") >= 1.0, "the BYE is under way");
    assert_sold(&closed(&mut stage, ()), "caller", 1.1..4.0);
}

fn ended_at(record: &Value) -> Timestamp {
    record["ended_at"].as_str().unwrap().parse().unwrap()
}

/// An answered call, as its caller saw it.
pub(super) struct Answered {
    at: DateTime,
    /// When the caller hung up, if they did.
    until: Option<DateTime>,
}

/// Answered calls of one round, by caller number.
pub(super) fn answered(caller: &Sipp) -> BTreeMap<String, Answered> {
    let messages = caller.messages();
    let number = |message: &str| {
        let (_, rest) = message.split_once("From: <sip:")?;
        Some(rest.split_once('@')?.0.to_owned())
    };
    let mut answered = BTreeMap::new();
    for message in messages.received() {
        if message.contains("SIP/2.0 200 OK") && message.contains("CSeq: 1 INVITE") {
            let call = Answered { at: moment(message), until: None };
            answered.entry(number(message).unwrap()).or_insert(call);
        }
    }
    for message in messages.sent().into_iter().filter(|message| message.contains("\nBYE ")) {
        let call = number(message).and_then(|number| answered.get_mut(&number));
        if let Some(call) = call.filter(|call| call.until.is_none()) {
            call.until = Some(moment(message));
        }
    }
    answered
}

impl Answered {
    /// Returns the maximum connected time, in seconds.
    fn connected(&self) -> f64 {
        let connected = self.until.map(|until| until.duration_since(self.at).as_secs_f64());
        connected.unwrap_or(TALK)
    }
}

/// Runs 30 calls per second against a switch that is killed again and again. No answered call is
/// lost, duplicated, or billed beyond its end, and the balance has paid for exactly the billable
/// ones. `STROWGER_KILLS=200` sets the number of kills.
#[test]
fn killed_at_random_instants_no_call_is_lost_doubled_or_billed_beyond_its_end() {
    let kills = std::env::vars().find_map(|(name, value)| (name == KILLS).then_some(value));
    let kills = kills.map_or(KILLS_OF_THE_SUITE, |kills| kills.parse().unwrap());
    let mut stage = Stage::direct(&[Contract { id: "acme", host: 10, more: "# prepaid" }]);
    stage.run(&["balance", "credit", "acme", "1000000.00", "--note", "invoice"]);
    until("the switch knows of the payment", || {
        stage.fetch("/v1/balances/acme")["available"]["amount"] == "1000000.00"
    });
    let mut rng = Rng::seeded(8);
    let mut next = 0;
    let mut seen: BTreeMap<String, (Timestamp, Answered)> = BTreeMap::new();
    for round in 0..kills {
        let numbers: String = (next..next + 200).map(|n| format!("{n:05};\n")).collect();
        next += 200;
        std::fs::write(stage.home().join("callers.csv"), format!("SEQUENTIAL\n{numbers}")).unwrap();
        let buyer = Sipp::buyer(&stage, 10, "uas-answers", 100_000);
        let more = ["-r", "30", "-d", "1200", "-inf", "callers.csv"];
        let caller = Sipp::caller_with(&stage, "uac-numbered-talks-then-hangs-up", 200, &more);
        let enough = usize::try_from(1 + rng.below(70)).unwrap();
        until(&format!("{enough} calls of round {round} are answered"), || {
            answered(&caller).len() >= enough
        });
        stage.kill();
        let killed = Timestamp::now();
        let calls = answered(&caller).into_iter();
        seen.extend(calls.map(|(number, call)| (number, (killed, call))));
        drop((buyer, caller));
        stage.start();
    }
    check(&stage, &seen);
}

fn check(stage: &Stage, answered: &BTreeMap<String, (Timestamp, Answered)>) {
    let records = stage.records();
    let mut by_caller: BTreeMap<&str, &Value> = BTreeMap::new();
    for record in &records {
        let caller = record["caller"].as_str().unwrap();
        let before = by_caller.insert(caller, record);
        assert!(before.is_none(), "two records of one call: {before:#?} {record:#}");
    }
    let mut billable = 0;
    for (caller, (killed, call)) in answered {
        let record = by_caller.get(caller.as_str());
        let record = record.unwrap_or_else(|| panic!("the answered call of {caller} is lost"));
        assert_eq!(record["state"], "ended");
        assert!(ended_at(record) <= *killed, "it ends after the crash at {killed}: {record:#}");
        let talk = record["talk_seconds"].as_f64().unwrap();
        assert!(
            talk <= call.connected() + LATE,
            "they were connected {} s: {record:#}",
            call.connected()
        );
        assert_eq!(stage.decision(record)["replayed"], json!(true));
    }
    for record in &records {
        let talk = record["talk_seconds"].as_f64().unwrap();
        assert_eq!(record["billable"], json!(talk >= 1.0 && record["winner"] != json!(null)));
        billable += usize::from(record["billable"] == json!(true));
    }
    let balance = stage.fetch("/v1/balances/acme");
    let charged = if billable == 0 { "0.00".to_owned() } else { format!("-{}.00", billable * 5) };
    assert_eq!(balance["charged"]["amount"], json!(charged));
    eprintln!("{} calls were answered, {billable} of them are billable", answered.len());
}
