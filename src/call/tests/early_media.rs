//! Early media: what an unanswered caller hears before the answer.

use super::bench::Bench;
use super::bench::book;

const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 2";

/// Runs `script` for the flow `<Route/>` of an unanswered caller.
fn check(offer: &str, contracts: &[(&str, &str)], script: &str, story: &str) {
    let played = Bench::play(&book(offer, contracts), "<Route/>", script);
    assert_eq!(played, story, "{offer} {contracts:?} {script}");
}

#[test]
fn the_one_phone_that_rings_is_heard() {
    let one = &[("a", "")];
    for (script, story) in [
        (
            "opened a:rings a:sounds a:answers ack +7000 a:bye bye:done",
            "decide:o dial:a 180 183 open:a early:a media:a 200 bridge:a commit:a bye:caller end:a \
             [bridged by buyer a=won/200 7000ms billed] done",
        ),
        // The answer has no description: that of the 183 counts.
        (
            "opened a:sounds a:answers-bare ack +7000 a:bye bye:done",
            "decide:o dial:a 183 open:a early:a media:a 200 bridge:a commit:a bye:caller end:a \
             [bridged by buyer a=won/200 7000ms billed] done",
        ),
        // It changes its media, by another 183 and by UPDATE.
        (
            "opened a:sounds a:sounds a:reoffers a:486",
            "decide:o dial:a 183 open:a early:a media:a early:a media:a answer:a:sdp tone release:a \
             480 [no_contract by switch a=busy/486] done",
        ),
        (
            "opened a:sounds cancel a:gone",
            "decide:o dial:a 183 open:a early:a cancel:a release:a \
             [abandoned by caller a=canceled] done",
        ),
        // What it sends has no codec of ours: the caller's own network rings.
        (
            "opened a:sounds-g729 a:486",
            "decide:o dial:a 180 release:a 480 [no_contract by switch a=busy/486] done",
        ),
        // Without early media, an offer before the answer is declined.
        (
            "opened a:rings a:reoffers a:486",
            "decide:o dial:a 180 answer:a:488 release:a 480 \
             [no_contract by switch a=busy/486] done",
        ),
    ] {
        check("", one, script, story);
    }
}

#[test]
fn after_the_last_sound_the_caller_hears_ringback() {
    let two = &[("a", ""), ("c", "")];
    for (script, story) in [
        (
            "opened a:sounds a:404 c:rings c:answers ack +7000 bye c:done",
            "decide:o dial:a 183 open:a early:a tone release:a dial:c 200 bridge:c commit:c bye:c \
             end:c [bridged by caller a=failed/404 c=won/200 7000ms billed] done",
        ),
        (
            "opened a:sounds +10000 a:gone c:sounds c:answers ack +7000 bye c:done",
            "decide:o dial:a 183 open:a early:a cancel:a tone unanswered:a dial:c open:c early:c \
             media:c 200 bridge:c commit:c bye:c end:c \
             [bridged by caller a=no_answer c=won/200 7000ms billed] done",
        ),
    ] {
        check("", two, script, story);
    }
}

#[test]
fn several_phones_and_gates_are_not_heard() {
    let whisper = "destination = { sip = \"sip:d@h\", whisper = \"A call.\" }";
    check(
        TOGETHER,
        &[("a", ""), ("c", "")],
        "opened a:sounds a:486 c:486",
        "decide:o dial:a dial:c 180 release:a release:c 480 \
         [no_contract by switch a=busy/486 c=busy/486] done",
    );
    check(
        "",
        &[("a", whisper)],
        "opened a:sounds a:486",
        "decide:o dial:a 180 release:a 480 [no_contract by switch a=busy/486] done",
    );
}

#[test]
fn what_was_heard_before_the_answer_is_no_talk() {
    for (script, silent) in [
        ("opened a:sounds a:speaks a:answers ack speaks +7000 bye a:done", true),
        ("opened a:sounds a:speaks a:answers ack speaks a:speaks +7000 bye a:done", false),
    ] {
        let mut bench = Bench::with_flow(&book("", &[("a", "")]), "<Route/>");
        script.split_whitespace().for_each(|word| bench.word(word));
        let record = bench.record.expect("the call has ended");
        let media = record.media.expect("it was bridged");
        assert_eq!(media.silent.is_some(), silent, "{script}");
    }
}
