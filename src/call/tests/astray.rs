//! Descriptions whose audio would go where the far end cannot be.

use super::bench::Bench;
use super::bench::book;
use super::bench::description;
use super::bench::misleading;

const AUDIO: &str = "192.0.2.1: audio at 224.0.0.1:4000, where the far end cannot be";
const BUYER: &str = "198.51.100.9: audio at 224.0.0.1:4000, where the far end cannot be";

/// Plays a script and checks the story and the log.
fn check(body: &[u8], flow: &str, script: &str, story: &str, log: &[&str]) {
    let contracts = book("", &[("a", ""), ("b", "")]);
    let body = std::str::from_utf8(body).unwrap();
    let mut bench = Bench::with_body(&contracts, &[("f", flow)], body);
    for word in script.split_whitespace() {
        bench.word(word);
    }
    assert_eq!(bench.story.join(" "), story, "{script}");
    assert_eq!(bench.refused_sdp, log, "{script}");
}

#[test]
fn a_callers_offer_is_refused_with_488_and_rings_nobody() {
    for flow in ["<Route/>", "<Say>Hi.</Say><Route/>"] {
        let story = "488 [rejected_caller by switch] done";
        check(&misleading(), flow, "opened", story, &[AUDIO]);
    }
}

#[test]
fn a_callers_answer_in_the_ack_ends_the_call() {
    check(
        b"",
        "<Route/>",
        "opened a:answers ack:ASTRAY a:done bye:done",
        "decide:o dial:a 200 bye:caller bye:a release:a \
         [rejected_caller by switch a=canceled/200] done",
        &[AUDIO],
    );
}

#[test]
fn a_buyers_answer_ends_its_leg_and_the_next_buyer_is_rung() {
    check(
        &description(),
        "<Route/>",
        "opened a:misleads a:done b:answers ack +5000 bye b:done",
        "decide:o dial:a bye:a release:a dial:b 200 bridge:b commit:b bye:b end:b \
         [bridged by caller a=failed/200 b=won/200 5000ms billed] done",
        &[BUYER],
    );
}

#[test]
fn a_new_offer_or_answer_changes_nothing_and_the_call_lives_on() {
    check(
        &description(),
        "<Route/>",
        "opened a:answers ack reoffers-astray a:reoffers-astray a:asks a:reanswers-astray +5000 bye \
         a:done",
        "decide:o dial:a 200 bridge:a commit:a answer:caller:488 answer:a:488 answer:a:sdp bye:a \
         end:a [bridged by caller a=won/200 5000ms billed] done",
        &[AUDIO, BUYER, BUYER],
    );
}

#[test]
fn a_refused_offer_is_no_common_codec_only_if_its_warning_is_about_the_media() {
    for (refusal, outcome) in [
        ("488-codec", "no_common_codec/488"),
        ("606-codec", "no_common_codec/606"),
        ("488-bandwidth", "failed/488"),
    ] {
        check(
            &description(),
            "<Route/>",
            &format!("opened a:{refusal} b:{refusal}"),
            &format!(
                "decide:o dial:a release:a dial:b release:b 480 \
                 [no_contract by switch a={outcome} b={outcome}] done"
            ),
            &[],
        );
    }
}
