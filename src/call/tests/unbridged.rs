//! Winners that are not bridged yet: lost before the bridge, or waiting for the caller.

use super::bench::Bench;
use super::bench::book;
use super::bench::description;

const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 2";
const PRESS_1: &str = "destination = { sip = \"sip:d@h\", accept = \"press-1\" }";
const DIALS: &str = "<Step id='s'><Dial to='sip:desk@198.51.100.9'/><Route/></Step>";

fn check(offer: &str, contracts: &[(&str, &str)], flow: &str, script: &str, story: &str) {
    let played = Bench::play(&book(offer, contracts), flow, script);
    assert_eq!(played, story, "{offer} {contracts:?} {flow} {script}");
}

#[test]
fn a_winner_lost_before_the_bridge_leaves_the_caller_to_the_next() {
    let two = &[("a", ""), ("c", "")];
    for (script, story) in [
        // It hangs up after its own answer, before the caller's ACK: nothing is billed for it.
        (
            "opened a:rings a:answers a:bye ack c:rings c:answers +6000 bye c:done",
            "decide:o dial:a 180 200 bridge:a release:a dial:c tone bridge:c commit:c bye:c end:c \
             [bridged by caller a=gone/200 c=won/200 6000ms billed] done",
        ),
        // Its dialog is lost.
        (
            "opened a:answers a:lost ack c:486 bye:done",
            "decide:o dial:a 200 bridge:a release:a dial:c tone release:c bye:caller \
             [no_contract by switch a=gone/200 c=busy/486] done",
        ),
        // The next one answers before the caller's ACK, too, and is lost, too.
        (
            "opened a:answers a:bye c:answers c:bye bye:done",
            "decide:o dial:a 200 bridge:a release:a dial:c bridge:c release:c bye:caller \
             [no_contract by switch a=gone/200 c=gone/200] done",
        ),
        // The caller leaves while the next one rings.
        (
            "opened a:answers a:bye ack bye c:gone",
            "decide:o dial:a 200 bridge:a release:a dial:c tone cancel:c release:c \
             [abandoned by caller a=gone/200 c=canceled] done",
        ),
    ] {
        check("", two, "<Route/>", script, story);
    }
    check(
        "",
        &[("a", "")],
        "<Route/>",
        "opened a:answers a:bye bye:done",
        "decide:o dial:a 200 bridge:a release:a bye:caller \
         [no_contract by switch a=gone/200] done",
    );
}

#[test]
fn a_winner_by_key_lost_before_the_bridge_leaves_the_caller_to_the_next() {
    check(
        "",
        &[("a", PRESS_1), ("c", "")],
        "<Route/>",
        "opened a:answers a:key:1 a:bye ack c:answers +6000 bye c:done",
        "decide:o dial:a play:a 200 bridge:a release:a dial:c tone bridge:c commit:c bye:c end:c \
         [bridged by caller a=gone/200 c=won/200 6000ms billed] done",
    );
}

/// The offer of the switch was not answered yet: there is no bridge of media either.
#[test]
fn a_winner_lost_before_a_delayed_offer_is_answered_is_followed_by_the_next() {
    let contracts = book("", &[("a", ""), ("c", "")]);
    let bench = Bench::with_body(&contracts, &[("f", "<Route/>")], "");
    assert_eq!(
        bench.words("opened a:answers a:bye ack:ANSWER c:answers +6000 bye c:done"),
        "decide:o dial:a 200 release:a dial:c tone bridge:c commit:c bye:c end:c \
         [bridged by caller a=gone/200 c=won/200 6000ms billed] done"
    );
}

/// Those who lost the race to it are rung again, after the picks that were not rung yet.
#[test]
fn rivals_of_a_lost_winner_are_rung_again() {
    for (script, story) in [
        (
            "opened a:answers c:gone a:bye ack d:486 c:answers +6000 bye c:done",
            "decide:o dial:a dial:c elsewhere:c release:c 200 bridge:a release:a dial:d tone \
             release:d dial:c bridge:c commit:c bye:c end:c \
             [bridged by caller a=gone/200 c=canceled/487 d=busy/486 c=won/200 6000ms billed] done",
        ),
        // One that was busy at that moment is not rung again.
        (
            "opened a:answers c:486 a:bye ack d:486 bye:done",
            "decide:o dial:a dial:c elsewhere:c release:c 200 bridge:a release:a dial:d tone \
             release:d bye:caller \
             [no_contract by switch a=gone/200 c=busy/486 d=busy/486] done",
        ),
    ] {
        check(TOGETHER, &[("a", ""), ("c", ""), ("d", "")], "<Route/>", script, story);
    }
}

#[test]
fn a_fixed_destination_lost_before_the_bridge_leaves_the_caller_to_the_flow() {
    check(
        "",
        &[("a", "")],
        DIALS,
        "opened fixed:answers fixed:bye ack a:answers +6000 bye a:done",
        "dial:fixed 200 bridge:fixed decide:o dial:a tone bridge:a commit:a bye:a end:a \
         [bridged by caller a=won/200 sip:desk@198.51.100.9=gone 6000ms billed] done",
    );
}

/// The switch does not ask for signs of a call that only a lost winner held.
#[test]
fn the_hold_of_a_lost_winner_ends_with_it() {
    check(
        "",
        &[("a", ""), ("c", "")],
        "<Route/>",
        "opened a:answers a:holds a:bye ack c:answers +130000 bye c:done",
        "decide:o dial:a 200 bridge:a media:a answer:a:sdp release:a dial:c tone bridge:c commit:c \
         bye:c end:c [bridged by caller a=gone/200 c=won/200 130000ms billed] done",
    );
}

#[test]
fn a_winner_waits_ten_seconds_for_the_callers_ack() {
    for (flow, script, story) in [
        (
            "<Route/>",
            "opened a:answers +9999 ack +6000 bye a:done",
            "decide:o dial:a 200 bridge:a commit:a bye:a end:a \
             [bridged by caller a=won/200 6000ms billed] done",
        ),
        // Then it is hung up. The caller's ACK, should it come, is followed by BYE.
        (
            "<Route/>",
            "opened a:answers +10000 a:done ack bye:done",
            "decide:o dial:a 200 bridge:a bye:a release:a \
             [caller_unconfirmed by switch a=canceled/200] bye:caller done",
        ),
        (
            "<Dial to='sip:desk@198.51.100.9'/>",
            "opened fixed:answers +10000 fixed:done noack",
            "dial:fixed 200 bridge:fixed bye:fixed \
             [caller_unconfirmed by switch sip:desk@198.51.100.9=canceled] done",
        ),
    ] {
        check("", &[("a", "")], flow, script, story);
    }
    let body = String::from_utf8(description().to_vec()).unwrap();
    let mut bench = Bench::with_body(&book("", &[("a", "")]), &[("f", "<Route/>")], &body);
    for word in ["opened", "a:answers", "+10000"] {
        bench.word(word);
    }
    let record = bench.record.expect("a record");
    let because = record.attempts[0].canceled_because.map(|why| why.code());
    assert_eq!(because, Some("caller_unconfirmed"));
}
