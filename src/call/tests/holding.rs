use crate::call::Silent;

use super::bench::Bench;
use super::bench::book;

fn check(script: &str, story: &str) {
    let script = format!("opened a:answers ack {script}");
    let played = Bench::play(&book("", &[("a", "")]), "<Route/>", &script);
    let story = format!("decide:o dial:a 200 bridge:a commit:a {story}");
    assert_eq!(played, story, "{script}");
}

/// Case 02: either side, either style. The other side hears something, and held time is billed.
#[test]
fn a_held_call_lives_and_is_billed() {
    for (holds, resumes, story) in [
        ("holds", "reoffers", ["media:caller", "answer:caller:sdp", "a"]),
        ("a:holds", "a:reoffers", ["media:a", "answer:a:sdp", "caller"]),
        ("a:zeros", "a:reoffers", ["media:a", "answer:a:sdp", "caller"]),
    ] {
        let [media, answer, other] = story;
        check(
            &format!("+1000 {holds} +50000 {resumes} +9000 bye a:done"),
            &format!(
                "{media} hold:{other} {answer} {media} resume:{other} {answer} bye:a end:a \
                 [bridged by caller a=won/200 60000ms billed] done"
            ),
        );
    }
}

#[test]
fn a_held_call_asks_both_parties_every_minute() {
    check(
        "a:holds +60000 alive a:alive +60000 alive a:alive +10000 a:bye bye:done",
        "media:a hold:caller answer:a:sdp options:caller options:a options:caller options:a \
         bye:caller end:a [bridged by buyer a=won/200 130000ms billed] done",
    );
}

#[test]
fn a_party_that_is_gone_is_billed_to_its_last_answer() {
    // The buyer answers the first OPTIONS; the second is not answered within 32 s.
    check(
        "a:holds +60000 alive a:alive +60000 alive +32000 a:lost bye:done",
        "media:a hold:caller answer:a:sdp options:caller options:a options:caller options:a \
         bye:caller end:a [bridged by switch a=won/200 60000ms billed] done",
    );
    check(
        "a:holds +60000 a:alive +32000 lost a:done",
        "media:a hold:caller answer:a:sdp options:caller options:a bye:a unbilled:a \
         [bridged by switch a=won/200 0ms free] done",
    );
}

#[test]
fn nobody_is_asked_after_the_hold() {
    check(
        "a:holds holds +1000 a:reoffers +30000 reoffers +120000 bye a:done",
        "media:a hold:caller answer:a:sdp media:caller hold:a answer:caller:sdp \
         media:a resume:caller answer:a:sdp media:caller resume:a answer:caller:sdp \
         bye:a end:a [bridged by caller a=won/200 151000ms billed] done",
    );
}

/// 25 s without a packet from either side were billed.
#[test]
fn a_call_without_audio_is_marked_and_billed_as_the_offer_has_it() {
    for (offer, spoken, silent, billed) in [
        ("", "", Some(Silent::Both), true),
        ("bill_silent = false", "", Some(Silent::Both), false),
        ("bill_silent = false", "speaks", Some(Silent::Buyer), false),
        ("bill_silent = false", "a:speaks", Some(Silent::Caller), false),
        ("bill_silent = false", "speaks a:speaks", None, true),
        ("bill_silent = true", "", Some(Silent::Both), true),
    ] {
        let mut bench = Bench::with_flow(&book(offer, &[("a", "")]), "<Route/>");
        for word in format!("opened a:answers ack {spoken} +25000 bye a:done").split_whitespace() {
            bench.word(word);
        }
        let record = bench.record.expect("a record");
        let media = record.media.clone().expect("a SIP call");
        assert_eq!((media.silent, record.billable), (silent, billed), "{offer} {spoken}");
        assert_eq!(record.talk.as_secs(), 25);
        assert_eq!(media.caller.map(|traffic| traffic.packets), Some(7));
        assert_eq!(media.buyer.map(|traffic| traffic.packets), Some(7));
        let settled = if billed { "end:a" } else { "unbilled:a" };
        assert!(bench.story.contains(&settled.to_owned()), "{:?}", bench.story);
    }
}

/// The media task does not answer: the record is written all the same, a second later.
#[test]
fn reports_that_do_not_come_are_not_waited_for() {
    check("+9000 mute bye a:done +999", "bye:a end:a");
    check(
        "+9000 mute bye a:done +1000",
        "bye:a end:a [bridged by caller a=won/200 9000ms billed] done",
    );
}
