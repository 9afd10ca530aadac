//! Limits of trunks: what would exceed one is not dialed, and the next buyer or branch is tried.

use std::time::Duration;

use super::bench::Bench;
use super::bench::book;
use crate::base::Phone;
use crate::base::Wall;
use crate::book;
use crate::caps::TrunkDays;

const NUMBER: &str = "+13055550111";
const PHONE: &str = "destination = { phone = \"+13055550111\", trunk = \"t\" }";

/// The book of the bench, whose trunk has these keys.
fn limited(keys: &str) -> String {
    book("", &[("a", PHONE), ("c", "")]).replacen("[[source]]", &format!("{keys}\n[[source]]"), 1)
}

fn at(text: &str) -> Wall {
    text.parse().unwrap()
}

/// Calls arrive while the earlier ones ring: the one above the limit goes to the next buyer.
#[test]
fn calls_that_ring_at_once_never_exceed_the_limit() {
    let book = limited("day = { calls = 2 }");
    let mut days = TrunkDays::default();
    let mut ringing = Vec::new();
    for story in ["decide:o dial:a", "decide:o dial:a", "decide:o release:a dial:c"] {
        let mut bench = Bench::with_flow(&book, "<Route/>");
        std::mem::swap(&mut bench.days, &mut days);
        bench.word("opened");
        std::mem::swap(&mut bench.days, &mut days);
        assert_eq!(bench.story.join(" "), story);
        ringing.push(bench);
    }
    let last = ringing.pop().unwrap().words("c:answers ack bye c:done");
    assert!(last.ends_with("[bridged by caller a=trunk_limit c=won/200 0ms free] done"), "{last}");
}

/// The second address of a trunk belongs to the same call.
#[test]
fn a_further_address_is_no_further_call() {
    let mut bench = Bench::with_flow(&limited("day = { calls = 1 }"), "<Route/>");
    ["opened", "a:503"].into_iter().for_each(|word| bench.word(word));
    assert_eq!(bench.story.join(" "), "decide:o dial:a way1:a dial:a");
}

/// The bench's calls arrive at noon in New York on 2026-01-06.
#[test]
fn a_limit_ends_with_the_day_of_the_trunks_zone() {
    for (zone, dialed_at, story) in [
        ("America/New_York", "2026-01-06T04:59:59.999999Z", "decide:o dial:a"),
        ("America/New_York", "2026-01-06T05:00:00Z", "decide:o release:a dial:c"),
        ("UTC", "2026-01-05T23:59:59.999999Z", "decide:o dial:a"),
        ("UTC", "2026-01-06T00:00:00Z", "decide:o release:a dial:c"),
    ] {
        for limit in ["calls = 1", "minutes = 1"] {
            let text = limited(&format!("timezone = \"{zone}\"\nday = {{ {limit} }}"));
            let book = book::parse("b", &text).0.unwrap();
            let (trunk, number): (_, Phone) = (&book.trunks[0], NUMBER.parse().unwrap());
            let mut bench = Bench::with_flow(&text, "<Route/>");
            bench.days.dial(trunk, &number, at(dialed_at)).unwrap();
            bench.days.ended(trunk, &number, Duration::from_secs(60), 0, at(dialed_at));
            bench.word("opened");
            assert_eq!(bench.story.join(" "), story, "{zone} {dialed_at} {limit}");
        }
    }
}

#[test]
fn a_fixed_destination_above_the_limit_takes_the_flows_branch() {
    let flow = "<Dial to='+442079460018' trunk='t'/><Reject/>";
    let keys = "prefixes = [{ prefix = \"+44\", day = { calls = 0 } }]";
    let mut bench = Bench::with_flow(&limited(keys), flow);
    bench.word("opened");
    assert_eq!(
        bench.story.join(" "),
        "603 [rejected_caller by switch +442079460018=trunk_limit] done"
    );
}
