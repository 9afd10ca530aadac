//! Codecs of the legs: what the caller's audio has now comes first, so that nothing is transcoded.

use super::bench::Bench;
use super::bench::book;
use super::bench::description;

#[test]
fn a_buyer_is_offered_first_what_the_caller_talks_now() {
    for (script, expected) in [
        ("opened ack heard", "RTP/AVP 0 8 9 101"),
        ("opened ack reoffers-alaw heard", "RTP/AVP 8 0 9 101"),
        ("opened ack reoffers-alaw reoffers heard", "RTP/AVP 0 8 9 101"),
    ] {
        let flows = [("f", "<Say>Hello.</Say><Route/>")];
        let body = String::from_utf8(description().to_vec()).unwrap();
        let mut bench = Bench::with_setup(&book("", &[("a", "")]), &flows, &body, |_| {});
        for word in script.split_whitespace() {
            bench.word(word);
        }
        let offer = String::from_utf8_lossy(&bench.dialled[0].offer).into_owned();
        assert!(offer.contains(expected), "{script}: {offer}");
    }
}
