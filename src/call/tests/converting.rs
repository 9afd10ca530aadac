//! What makes a call billable: connected time, the buyer's keys, or its report; and the keys with
//! which buyers report.

use super::bench::Bench;
use super::bench::book;
use super::bench::description;
use crate::call::KEY_HEADER;
use crate::sale::ConversionSecret;

const PRESS_1: &str = "destination = { sip = \"sip:d@h\", accept = \"press-1\" }";

fn played(contract: &str, script: &str) -> Bench {
    let body = String::from_utf8(description().to_vec()).unwrap();
    let mut bench = Bench::with_body(&book("", &[("a", contract)]), &[("f", "<Route/>")], &body);
    script.split_whitespace().for_each(|word| bench.word(word));
    bench
}

fn is_billed(contract: &str, script: &str) -> bool {
    let record = played(contract, script).record.unwrap();
    let owed = record.revenue.unwrap().micros();
    assert_eq!(record.billable, owed == 10_000_000, "{script}");
    record.billable
}

#[test]
fn the_buyers_keys_convert_the_call_while_the_two_are_connected() {
    let by_key = "conversion = { by = \"key\", key = \"*7\" }";
    for (script, billed) in [
        ("opened a:answers ack +9000 bye a:done", false),
        ("opened a:answers ack a:key:* a:key:7 bye a:done", true),
        ("opened a:answers ack a:key:* a:key:7 a:key:* a:key:7 bye a:done", true),
        ("opened a:answers ack a:key:7 a:key:* bye a:done", false),
        ("opened a:answers ack a:key:* +5000 a:key:7 bye a:done", false),
        // Keys of the caller, and keys before the bridge, are not the buyer's conversion.
        ("opened a:answers ack key:* key:7 bye a:done", false),
        ("opened a:answers a:key:* a:key:7 ack bye a:done", false),
        ("opened a:answers ack a:key:* key:7 bye a:done", false),
    ] {
        assert_eq!(is_billed(by_key, script), billed, "{script}");
    }
}

/// The key that accepts the call is no part of the sequence.
#[test]
fn the_key_of_the_gate_does_not_convert() {
    let gated = format!("{PRESS_1}\nconversion = {{ by = \"key\", key = \"1\" }}");
    assert!(!is_billed(&gated, "opened a:answers a:key:1 ack bye a:done"));
    assert!(is_billed(&gated, "opened a:answers a:key:1 ack a:key:1 bye a:done"));
}

/// A crash right after the keys must not lose them: the record is stored with them at once.
#[test]
fn the_keys_are_stored_when_they_are_pressed() {
    let by_key = "conversion = { by = \"key\" }";
    let bridged = played(by_key, "opened a:answers ack");
    let converted = played(by_key, "opened a:answers ack a:key:* a:key:7 a:key:* a:key:7");
    assert_eq!(converted.updates, bridged.updates + 1);
    let mut record = converted.machine.whole_record();
    assert!(record.keyed_at.is_some());
    record.close_after_restart(record.started_at);
    assert!(record.billable);
    let mut lost = bridged.machine.whole_record();
    lost.close_after_restart(lost.started_at);
    assert!(!lost.billable);
}

/// The buffer is 5 s; the buyer accepts 3 s after its answer.
#[test]
fn a_buffer_counts_from_the_answer_or_from_the_acceptance() {
    let buffer = "buffer = \"5s\"";
    let from = |from: &str| {
        format!("{PRESS_1}\n{buffer}\nconversion = {{ by = \"time\", from = \"{from}\" }}")
    };
    for (counted, talk, billed) in [
        ("answer", 1_999, false),
        ("answer", 2_000, true),
        ("accept", 4_999, false),
        ("accept", 5_000, true),
    ] {
        let script = format!("opened a:answers +3000 a:key:1 ack +{talk} bye a:done");
        let record = played(&from(counted), &script).record.unwrap();
        assert_eq!(record.billable, billed, "{counted} {talk}");
        assert_eq!(record.gate.as_millis(), 3_000);
        assert_eq!(record.talk.as_millis(), talk, "the record has the time of the bridge");
    }
}

/// A restart closes the call at its last heartbeat, by the same rule.
#[test]
fn a_restart_counts_from_where_the_contract_counts() {
    let buffer = "buffer = \"5s\"";
    for (from, billed) in [("answer", true), ("accept", false)] {
        let contract =
            format!("{PRESS_1}\n{buffer}\nconversion = {{ by = \"time\", from = \"{from}\" }}");
        let bench = played(&contract, "opened a:answers +3000 a:key:1 ack +2500");
        let mut record = bench.machine.whole_record();
        let seen = record.bridged_at.unwrap() + std::time::Duration::from_millis(2_500);
        record.close_after_restart(seen);
        assert_eq!(record.billable, billed, "{from}");
    }
}

#[test]
fn a_call_that_the_buyer_reports_is_not_billable_by_itself() {
    let by_report = "conversion = { by = \"report\" }";
    assert!(!is_billed(by_report, "opened a:answers ack +9000 a:key:* a:key:7 bye a:done"));
}

/// Each buyer gets the key of its own attempt, and a fixed destination none.
#[test]
fn every_attempt_has_its_own_key() {
    let both = book("ring = \"simultaneous\"\nring_width = 2", &[("a", ""), ("b", "")]);
    let body = String::from_utf8(description().to_vec()).unwrap();
    let mut bench = Bench::with_body(&both, &[("f", "<Route/>")], &body);
    bench.word("opened");
    let secret = ConversionSecret::new([7; 32]);
    let keys: Vec<_> = bench
        .dialled
        .iter()
        .map(|dial| {
            let key = dial.headers.iter().find(|(name, _)| name == KEY_HEADER);
            secret.attempt(&key.unwrap().1).unwrap()
        })
        .collect();
    let rows = bench.machine.whole_record().attempts;
    assert_eq!(keys, rows.iter().map(|row| row.id).collect::<Vec<_>>());
    assert_eq!(keys.len(), 2);
    let fixed = "<Dial to='sip:desk@198.51.100.9'/><Hangup/>";
    let mut fixed = Bench::with_body(&book("", &[]), &[("f", fixed)], &body);
    fixed.word("opened");
    let headers = &fixed.dialled[0].headers;
    assert!(headers.iter().all(|(name, _)| name != KEY_HEADER), "{headers:?}");
}
