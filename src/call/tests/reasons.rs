//! Why a party ended the call: passed on to the other one, and kept in the record.

use super::bench::Bench;
use super::bench::book;

/// Plays a call to the buyers `a`, behind a trunk with two gateways, and `b`. Returns the story, and the
/// record's reason.
fn play(script: &str) -> (String, Option<String>) {
    let phone = "destination = { phone = \"+13055550111\", trunk = \"t\" }";
    let mut bench = Bench::with_flow(&book("", &[("a", phone), ("b", "")]), "<Route/>");
    format!("opened {script}").split_whitespace().for_each(|word| bench.word(word));
    let record = bench.machine.whole_record();
    let reason = bench.record.as_ref().unwrap_or(&record).hangup_reason.clone();
    (bench.words(""), reason)
}

#[test]
fn the_reason_of_the_party_that_hangs_up_goes_to_the_other_one_and_into_the_record() {
    for (script, last, reason) in [
        ("a:answers ack bye:Q.850;cause=16", "bye:a<Q.850;cause=16>", Some("Q.850;cause=16")),
        (
            "a:answers ack a:bye:Q.850;cause=31",
            "bye:caller<Q.850;cause=31>",
            Some("Q.850;cause=31"),
        ),
        ("cancel:SIP;cause=200", "cancel:a<SIP;cause=200>", Some("SIP;cause=200")),
        ("a:answers ack bye", "bye:a", None),
        ("cancel", "cancel:a", None),
        ("a:answers ack hang-up", "bye:a", None),
    ] {
        let (story, known) = play(script);
        assert!(story.split(' ').any(|word| word == last), "{script}: {story}");
        assert_eq!(known.as_deref(), reason, "{script}");
    }
}

/// Only the end of the call counts, not that of a leg.
#[test]
fn a_buyer_that_did_not_take_the_call_gives_no_reason_for_its_end() {
    let (story, reason) = play("a:486<Q.850;cause=17> b:answers ack bye b:done");
    assert!(story.ends_with("done"), "{story}");
    assert_eq!(reason, None);
}

/// A reason changes nothing else: a gateway that says `answered elsewhere` is the last one.
#[test]
fn only_answered_elsewhere_ends_the_search_for_a_gateway() {
    let (story, _) = play("a:503<Q.850;cause=38>");
    assert_eq!(story, "decide:o dial:a way1:a dial:a", "the next gateway");
    let (story, _) = play("a:503<SIP;cause=200>");
    assert_eq!(story, "decide:o dial:a release:a dial:b", "the next buyer");
}
