//! Hold that lasts longer than the switch waits for audio of a call that is not held (case 02).

use serde_json::Value;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::contract;

/// Length of the hold in milliseconds: a call that is not held ends after 30 s without audio.
const HELD: &str = "31500";

/// The usual hold, and the one before RFC 3264 (§8.4), as arguments of SIPp.
fn styles(stage: &Stage, host: u8) -> [Vec<String>; 2] {
    let keys = |ip: String, direction: &str| {
        let words = ["-key", "held_ip", &ip, "-key", "direction", direction, "-d", HELD];
        words.into_iter().chain(["-timeout", "60"]).map(str::to_owned).collect()
    };
    [keys(stage.ip(host).to_string(), "sendonly"), keys("0.0.0.0".to_owned(), "sendrecv")]
}

fn words(style: &[String]) -> Vec<&str> {
    style.iter().map(String::as_str).collect()
}

/// Checks that a call lived through its hold and was billed with it.
fn assert_billed_with_its_hold(record: &Value, contract: &str, ended_by: &str) {
    let shown = [&record["reason"], &record["ended_by"], &record["winner"]["contract"]];
    assert_eq!(shown, ["bridged", ended_by, contract], "{record:#}");
    assert_eq!(record["billable"], true, "{record:#}");
    let talk = record["talk_seconds"].as_f64().unwrap();
    assert!((31.5..40.0).contains(&talk), "{talk} s");
}

#[test]
fn a_caller_who_holds_in_silence_is_not_hung_up_on() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers", 2, &["-timeout", "60"]);
    let [new, _] = styles(&stage, 20);
    let [_, old] = styles(&stage, 21);
    let scenario = "uac-holds-for-long";
    let callers = [(20, new), (21, old)]
        .map(|(host, style)| Sipp::caller_at(&stage, host, scenario, 1, &words(&style)));
    for caller in callers {
        caller.succeed();
    }
    buyer.succeed();
    let records = stage.records();
    assert_eq!(records.len(), 2);
    for record in records {
        assert_billed_with_its_hold(&record, "acme", "caller");
    }
}

#[test]
fn a_buyer_who_holds_in_silence_is_not_hung_up_on() {
    let more = "caps = { concurrent = 1 }";
    let first = Contract { id: "acme", host: 10, more };
    let stage = Stage::direct(&[first, contract("bolt", 11)]);
    let [new, _] = styles(&stage, 10);
    let [_, old] = styles(&stage, 11);
    let scenario = "uas-holds-for-long";
    let buyers = [(10, new), (11, old)]
        .map(|(host, style)| Sipp::buyer_with(&stage, host, scenario, 1, &words(&style)));
    let callers = [20, 21].map(|host| {
        let more = ["-timeout", "60"];
        Sipp::caller_at(&stage, host, "uac-talks-until-hung-up-on", 1, &more)
    });
    for sipp in buyers.into_iter().chain(callers) {
        sipp.succeed();
    }
    let mut records = stage.records();
    records.sort_by_key(|record| record["winner"]["contract"].to_string());
    assert_eq!(records.len(), 2);
    for (record, contract) in records.iter().zip(["acme", "bolt"]) {
        assert_billed_with_its_hold(record, contract, "buyer");
    }
}
