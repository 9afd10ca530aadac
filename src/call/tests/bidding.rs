//! Auctions of calls: who is asked, which bids count, who is dialled, and at which price.

use crate::base::Currency;
use crate::base::Money;

use super::bench::Bench;
use super::bench::book;

const ROUTE: &str = "<Route/>";
const ASKED: &str = "bidder = \"https://rtb.example/a.json\"";

/// Returns a book with an auction, the bidders `a` and `b`, and `c`, which bids its price of 10.
fn auction(offer: &str, of_a: &str) -> String {
    let a = format!("bidder = {{ url = \"https://rtb.example/a.json\", {of_a} }}");
    let contracts = [("a", a.as_str()), ("b", ASKED), ("c", "")];
    let priority = "strategy = \"priority\"";
    book(offer, &contracts).replacen(priority, "strategy = \"auction\"", 1)
}

fn play(offer: &str, of_a: &str, script: &str) -> Bench {
    let mut bench = Bench::with_flow(&auction(offer, of_a), ROUTE);
    for word in script.split_whitespace() {
        bench.word(word);
    }
    bench
}

/// Returns contract and result of every bid, as the record has them.
fn results(bench: &Bench) -> String {
    let bids = bench.record.as_ref().unwrap().bids.iter();
    bids.map(|bid| format!("{}:{}", bid.contract, bid.result)).collect::<Vec<_>>().join(" ")
}

const ANSWERED: &str = "c:answers ack +9000 bye c:done bye:done";

/// The caller hears ringing while bids are awaited, and the highest bidder is dialled first.
#[test]
fn the_highest_bidder_is_dialled_and_pays_its_bid() {
    let mut bench = play("", "", "opened");
    assert_eq!(bench.story.join(" "), "180 ask:a+b:500");
    for word in "a:bids:11.00 b:bids:14.50 b:answers ack +9000 bye b:done bye:done".split(' ') {
        bench.word(word);
    }
    let story = bench.story.join(" ");
    assert!(story.contains("ask:a+b:500 decide:o dial:b 200 bridge:b"), "{story}");
    let record = bench.record.as_ref().unwrap();
    let paid = Money::parse("14.50", Currency::USD).unwrap();
    assert_eq!((record.revenue, record.billable), (Some(paid), true));
    assert_eq!(results(&bench), "a:outbid b:won");
}

#[test]
fn the_next_bidder_is_dialled_when_the_first_does_not_answer() {
    let bench = play("", "", "opened a:bids:11 b:bids:14 b:486 a:603 c:answers ack bye c:done");
    let story = bench.story.join(" ");
    assert!(story.contains("dial:b release:b dial:a release:a dial:c"), "{story}");
    assert_eq!(results(&bench), "a:rejected b:rejected");
}

/// A bid after the window is stored, and never dialled.
#[test]
fn a_late_bid_on_a_call_is_stored_and_never_dialled() {
    let script = format!("opened a:passes +500 b:bids:99 {ANSWERED}");
    let bench = play("", "", &script);
    assert!(!bench.story.join(" ").contains("dial:b"), "{:?}", bench.story);
    assert_eq!(results(&bench), "a:refused b:late");
    let late = &bench.record.as_ref().unwrap().bids[1];
    assert_eq!(late.amount, Money::parse("99.00", Currency::USD).ok());
    assert_eq!((late.answer_ms, late.destination.as_ref()), (Some(500), None));
}

#[test]
fn a_hang_up_ends_the_auction() {
    let bench = play("", "", "opened a:bids:11 cancel");
    let story = bench.story.join(" ");
    assert_eq!(story, "180 ask:a+b:500 [abandoned by caller] done");
    assert_eq!(results(&bench), "a:unused b:failed");
    // What comes now changes nothing.
    let mut bench = bench;
    bench.word("b:bids:99");
    bench.word("+600");
    assert_eq!(bench.story.join(" "), story);
}

/// The number or address of the bid is dialled, if the contract allows it.
#[test]
fn a_bid_says_where_the_call_goes_and_from_when_it_is_billable() {
    let allow = "allow = [\"sip:*.rtb.example\"]";
    let script = "opened a:bids:20.00/8:p-a@x.rtb.example b:passes a:answers ack +7999 bye a:done";
    let bench = play("", allow, script);
    assert_eq!(bench.targets, ["sip:p-a@x.rtb.example"]);
    let record = bench.record.as_ref().unwrap();
    assert_eq!(record.winner.as_ref().unwrap().buffer.as_secs(), 8);
    assert!(!record.billable, "7.999 s are less than the bid requires");
    assert_eq!(record.bids[0].destination.as_deref(), Some("sip:p-a@x.rtb.example"));
    assert_eq!(record.bids[0].buffer_seconds, Some(8));
    // Without a destination of its own, that of the contract.
    let bench = play("", allow, "opened a:bids:20 b:passes a:answers ack +4999 bye a:done");
    assert_eq!(bench.targets, ["sip:d@198.51.100.9"]);
}

/// Trap: a bid that sends the call to a destination that the contract does not allow.
#[test]
fn a_bid_for_elsewhere_is_refused() {
    for bid in ["a:bids:20:sip:x@evil.example", "a:bids:20:+19005550100", "a:bids:20/3601"] {
        let bench = play("", "", &format!("opened {bid} b:passes {ANSWERED}"));
        assert!(!bench.story.join(" ").contains("dial:a"), "{bid}: {:?}", bench.story);
        assert_eq!(results(&bench), "a:invalid b:refused", "{bid}");
        let reason = bench.record.as_ref().unwrap().bids[0].reason.clone().unwrap();
        assert!(reason.contains("not allowed") || reason.contains("3601 s"), "{reason}");
    }
}

/// The bid that has won is confirmed before it is dialled.
#[test]
fn a_bid_is_confirmed_before_it_is_dialled() {
    let confirm = "confirm = \"https://rtb.example/take\", allow = [\"sip:rtb.example\"]";
    let won = "opened a:bids:20 b:bids:15";
    let mut bench = play("", confirm, won);
    let story = bench.story.join(" ");
    assert!(story.ends_with("decide:o confirm:a:20.00:p-a"), "{story}");
    bench.word("a:confirms:sip:take@rtb.example");
    assert_eq!(bench.targets, ["sip:take@rtb.example"]);
    for (answer, reason) in
        [("a:denies", "full"), ("a:confirms:sip:x@evil.example", "confirmed for elsewhere")]
    {
        let rest = "b:answers ack +9000 bye b:done";
        let bench = play("", confirm, &format!("{won} {answer} {rest}"));
        assert_eq!(bench.targets, ["sip:d@198.51.100.9"], "{answer}");
        let record = bench.record.as_ref().unwrap();
        assert_eq!(record.attempts[0].outcome, Some(crate::base::Outcome::Declined));
        assert_eq!(results(&bench), "a:rejected b:won");
        assert_eq!(record.bids[0].reason.as_deref(), Some(reason));
    }
    // The caller may leave while the answer is awaited.
    let mut bench = play("", confirm, &format!("{won} cancel"));
    bench.word("a:confirms");
    assert!(bench.targets.is_empty());
    assert_eq!(results(&bench), "a:unused b:unused");
}

#[test]
fn a_floor_holds_for_calls_without_bidders() {
    let floor = "auction = { floor = { amount = \"10.01\", currency = \"USD\" } }";
    let priority = "strategy = \"priority\"";
    let text = book(floor, &[("c", "")]).replacen(priority, "strategy = \"auction\"", 1);
    let bench = Bench::with_flow(&text, ROUTE).words("opened");
    assert_eq!(bench, "decide:o 480 [no_contract by switch] done");
    let text = text.replace("10.01", "10.00");
    assert_eq!(Bench::with_flow(&text, ROUTE).words("opened"), "decide:o dial:c");
}
