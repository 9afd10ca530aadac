use super::bench::Bench;
use super::bench::book;
use super::bench::description;
use crate::sale::GivenUp;

const SAYS: &str = "<Say>Hi.</Say><Route/>";
const PRESS_1: &str = "destination = { sip = \"sip:d@h\", accept = \"press-1\" }";
const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 2";

fn check(flow: &str, script: &str, story: &str) {
    let played = Bench::play(&book("", &[("a", "")]), flow, script);
    assert_eq!(played, story, "{flow} {script}");
}

#[test]
fn a_stop_ends_every_stage() {
    for (flow, script, story) in [
        (
            "<Route/>",
            "opened stop a:gone",
            "decide:o dial:a 503 cancel:a release:a [switch_restart by switch a=canceled] done",
        ),
        (SAYS, "stop stop", "503 [switch_restart by switch] done"),
        (SAYS, "opened stop bye:done stop", "200 bye:caller [switch_restart by switch] done"),
        (
            SAYS,
            "opened ack stop bye:done",
            "200 play:caller bye:caller [switch_restart by switch] done",
        ),
        (
            "<Route/>",
            "opened a:answers stop a:done bye:done",
            "decide:o dial:a 200 bridge:a bye:caller bye:a release:a \
             [switch_restart by switch a=canceled/200] done",
        ),
        (
            "<Route/>",
            "opened a:answers ack +6000 stop a:done bye:done stop",
            "decide:o dial:a 200 bridge:a commit:a bye:caller bye:a end:a \
             [bridged by switch a=won/200 6000ms billed] done",
        ),
    ] {
        check(flow, script, story);
    }
    let gated = book("", &[("a", PRESS_1)]);
    assert_eq!(
        Bench::play(&gated, "<Route/>", "opened a:answers stop a:done"),
        "decide:o dial:a play:a 503 bye:a release:a \
         [switch_restart by switch a=not_accepted/200] done"
    );
    let recording = book("dq = { recording = \"r\" }", &[("a", "")]);
    assert_eq!(
        Bench::play(&recording, "<Route/>", "opened a:486 ack stop heard bye:done"),
        "decide:o dial:a release:a 200 play:caller bye:caller \
         [switch_restart by switch a=busy/486] done"
    );
}

#[test]
fn an_operator_hangs_up_in_every_stage() {
    for (flow, script, story) in [
        (
            "<Route/>",
            "opened hang-up a:gone",
            "decide:o dial:a 480 cancel:a release:a [hung_up by switch a=canceled] done",
        ),
        (SAYS, "hang-up hang-up", "480 [hung_up by switch] done"),
        (
            SAYS,
            "opened ack hang-up bye:done",
            "200 play:caller bye:caller [hung_up by switch] done",
        ),
        (
            "<Route/>",
            "opened a:answers hang-up a:done bye:done",
            "decide:o dial:a 200 bridge:a bye:caller bye:a release:a \
             [hung_up by switch a=canceled/200] done",
        ),
        // The connected time is billed as usual; a stop afterwards changes nothing.
        (
            "<Route/>",
            "opened a:answers ack +6000 hang-up a:done bye:done hang-up stop",
            "decide:o dial:a 200 bridge:a commit:a bye:caller bye:a end:a \
             [hung_up by switch a=won/200 6000ms billed] done",
        ),
        (
            "<Route/>",
            "opened a:answers ack +100 hang-up a:done bye:done",
            "decide:o dial:a 200 bridge:a commit:a bye:caller bye:a unbilled:a \
             [hung_up by switch a=won/200 100ms free] done",
        ),
    ] {
        check(flow, script, story);
    }
}

#[test]
fn silence_is_not_billed() {
    check(
        "<Route/>",
        "silent:9 opened a:answers ack +40000 silent:30 silent:30 a:done bye:done",
        "decide:o dial:a 200 bridge:a commit:a bye:caller bye:a end:a \
         [bridged by switch a=won/200 10000ms billed] done",
    );
    // The party was silent before the bridge.
    check(
        "<Route/>",
        "opened a:answers ack +10000 silent:30 a:done bye:done",
        "decide:o dial:a 200 bridge:a commit:a bye:caller bye:a unbilled:a \
         [bridged by switch a=won/200 0ms free] done",
    );
}

#[test]
fn answers_to_old_questions_are_given_back() {
    let two = book(TOGETHER, &[("a", ""), ("c", "")]);
    for (script, story) in [
        // A hold is granted after the call has ended; no other was requested meanwhile.
        ("bye give", "[abandoned by caller] release:a done"),
        ("give bye give", "release:a [abandoned by caller] release:c done"),
        // Legs are prepared after the call has ended.
        ("give give bye give give", "release:a release:c [abandoned by caller] done"),
        // A leg is prepared after another has won.
        (
            "give give give a:answers give bye a:done",
            "dial:a release:c bridge:a commit:a bye:a unbilled:a \
             [bridged by caller a=won/200 0ms free] done",
        ),
    ] {
        let played = Bench::play(&two, SAYS, &format!("opened ack later heard {script}"));
        assert_eq!(played, format!("200 play:caller tone decide:o {story}"), "{script}");
    }
}

#[test]
fn a_full_cap_that_is_reported_too_late_changes_nothing() {
    let full = book("", &[("a", "caps = { concurrent = 0 }")]);
    let played = Bench::play(&full, SAYS, "opened ack later heard bye give");
    assert_eq!(played, "200 play:caller tone decide:o cap_concurrent:a [abandoned by caller] done");
}

/// No buyer rings, no flow runs, and however far the recording is heard, the list is the reason.
#[test]
fn a_caller_on_a_suppression_list_gets_the_offers_answer() {
    let recording = GivenUp::Recording("sorry".into());
    let usual = String::from_utf8(description().to_vec()).unwrap();
    let g729 = usual.replace("RTP/AVP 0 8 9 101", "RTP/AVP 18");
    for (refusal, body, script, story) in [
        (&GivenUp::TurnedAway, &usual, "opened", "480 [suppressed_caller by switch] done"),
        (
            &recording,
            &usual,
            "opened ack heard bye:done",
            "200 play:caller bye:caller [suppressed_caller by switch] done",
        ),
        (
            &recording,
            &usual,
            "opened ack bye",
            "200 play:caller [suppressed_caller by caller] done",
        ),
        (&recording, &usual, "cancel", "[suppressed_caller by caller] done"),
        (&recording, &usual, "unopened", "503 [overload by switch] done"),
        (&recording, &g729, "opened", "488 [no_common_codec by switch] done"),
    ] {
        let bench = Bench::suppressed(refusal, body);
        let record = bench.machine.whole_record();
        assert_eq!(record.suppressed_by.unwrap().as_str(), "dnc");
        assert_eq!(bench.words(script), story, "{refusal:?} {script}");
    }
}
