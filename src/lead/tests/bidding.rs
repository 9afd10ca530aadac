//! Auctions of a lead: who is asked, which bids count, and who gets the lead.

use std::time::Duration;

use crate::base::BidResult;
use crate::base::Currency;
use crate::base::Money;
use crate::delivery::Offered;
use crate::lead::LeadStatus;
use crate::sale::BID_LIFE;
use crate::sale::BidReply;

use super::bench::Bench;
use super::bench::book;

const AUCTION: &str = "strategy = \"auction\"";
const WINDOW: Duration = Duration::from_millis(500);

/// Returns the keys of a contract that bids.
fn bidder(id: &str, more: &str) -> String {
    format!(
        "delivery = {{ post = \"https://{id}.example/post\", \
         ping = {{ url = \"https://{id}.example/ping\", {more} }} }}"
    )
}

/// Returns a bench with the bidders `a`, `b`, `c`, and `d`, which takes posts at its price of 10.
fn bench(offer: &str, of_a: &str) -> Bench {
    let (a, b, c) = (bidder("a", of_a), bidder("b", ""), bidder("c", ""));
    let contracts = [("a", a.as_str()), ("b", b.as_str()), ("c", c.as_str()), ("d", "")];
    Bench::new(&book(&format!("{AUCTION}\n{offer}"), &contracts)).open()
}

fn usd(amount: &str) -> Money {
    Money::parse(amount, Currency::USD).unwrap()
}

fn offers(amount: &str) -> BidReply {
    let ping_id = Some(format!("p-{amount}"));
    BidReply::Offered(Box::new(Offered { ping_id, ..Offered::of(usd(amount)) }))
}

fn declines() -> BidReply {
    BidReply::Declined { reason: Some("no coverage".to_owned()) }
}

/// Returns contract and result of every bid.
fn results(bench: &Bench) -> String {
    let bids = bench.record().bids.iter();
    bids.map(|bid| format!("{}:{}", bid.contract, bid.result)).collect::<Vec<_>>().join(" ")
}

/// The highest bid gets the post, with the id of its ping; a contract that is not asked bids its
/// price. The lead is sold at the bid.
#[test]
fn the_highest_bid_gets_the_lead_at_its_amount() {
    let mut bench = bench("", "");
    assert_eq!(bench.take_log(), "ping a+b+c 500");
    bench.bids("a", offers("11.00"));
    bench.bids("b", offers("14.50"));
    assert_eq!(bench.take_log(), "", "a bid is missing");
    bench.bids("c", declines());
    assert_eq!(bench.take_log(), "record delivering, post b", "all bids are in");
    assert_eq!(bench.record().ping_id(&"b".parse().unwrap()), Some("p-14.50"));
    bench.accepts("b");
    let record = bench.record();
    assert_eq!((record.status, record.sales[0].winner.price), (LeadStatus::Sold, usd("14.50")));
    assert_eq!(record.revenue, Some(usd("14.50")));
    assert_eq!(results(&bench), "a:outbid b:won c:refused");
    assert_eq!(
        bench.steps(),
        "received scored:45 asked:3+0 bids:2:14.50 routed:3 b:posted b:accepted ended:delivered"
    );
}

/// The ids of pings that lost, came late or were used up are not posted.
#[test]
fn the_next_bidder_gets_the_lead_that_the_first_rejects() {
    let mut bench = bench("", "");
    for (contract, amount) in [("a", "9.00"), ("b", "14.50"), ("c", "12.00")] {
        bench.bids(contract, offers(amount));
    }
    bench.rejects("b");
    bench.rejects("c");
    assert_eq!(bench.record().ping_id(&"b".parse().unwrap()), None);
    // `d` bids its price of 10, which is above the bid of `a`.
    bench.rejects("d");
    bench.accepts("a");
    assert_eq!(
        bench.take_log(),
        "ping a+b+c 500, record delivering, post b, record delivering, post c, record delivering, \
         post d, record delivering, post a, record sold"
    );
    assert_eq!(results(&bench), "a:won b:rejected c:rejected");
    assert_eq!(bench.record().revenue, Some(usd("9.00")));
}

#[test]
fn a_late_bid_is_ignored_and_noted() {
    let mut bench = bench("", "");
    bench.bids("a", offers("11.00"));
    bench.pass(WINDOW - Duration::from_millis(1));
    assert_eq!(bench.take_log(), "ping a+b+c 500");
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.take_log(), "record delivering, post a");
    bench.pass(Duration::from_millis(80));
    bench.bids("b", offers("99.00"));
    assert_eq!(bench.record().ping_id(&"b".parse().unwrap()), None, "its id is never posted");
    bench.rejects("a");
    assert_eq!(bench.take_log(), "record delivering, post d", "`b` is too late");
    bench.rejects("d");
    assert_eq!(bench.record().status, LeadStatus::Rejected);
    assert_eq!(results(&bench), "a:rejected b:late c:late");
    let late = &bench.record().bids[1];
    assert_eq!((late.amount, late.answer_ms), (Some(usd("99.00")), Some(580)));
}

/// The task may run late: a bid that comes after the window is late all the same.
#[test]
fn a_bid_after_the_window_is_late_even_before_the_tick() {
    let mut bench = bench("", "");
    bench.bids("a", offers("11.00"));
    bench.sleep_through(WINDOW + Duration::from_micros(1));
    bench.bids("b", offers("99.00"));
    assert_eq!(bench.take_log(), "ping a+b+c 500, record delivering, post a");
    assert_eq!(results(&bench), "a:standing b:late c:late");
}

#[test]
fn all_bidders_are_late_or_decline_and_those_without_bids_remain() {
    let mut bench = bench("", "");
    bench.bids("a", declines());
    bench.pass(WINDOW);
    assert_eq!(bench.take_log(), "ping a+b+c 500, record delivering, post d");
    let mut bench =
        self::bench("auction = { floor = { amount = \"10.01\", currency = \"USD\" } }", "");
    bench.pass(WINDOW);
    let record = bench.record();
    assert_eq!((record.status, record.attempts.len()), (LeadStatus::Rejected, 0));
    assert_eq!(results(&bench), "a:late b:late c:late");
}

#[test]
fn a_tie_goes_to_the_bid_that_came_first() {
    for order in [["a", "b", "c"], ["c", "b", "a"], ["b", "a", "c"]] {
        let mut bench = bench("", "");
        for contract in order {
            bench.bids(contract, offers("12.00"));
            bench.pass(Duration::from_millis(1));
        }
        let first = format!("record delivering, post {}", order[0]);
        assert!(bench.take_log().ends_with(&first), "{order:?}");
    }
}

#[test]
fn a_bid_below_the_floor_is_not_posted() {
    let floor = "auction = { floor = { amount = \"12.00\", currency = \"USD\" } }";
    let mut bench = bench(floor, "");
    bench.bids("a", offers("11.99"));
    bench.bids("b", offers("12.00"));
    bench.bids("c", declines());
    bench.rejects("b");
    let record = bench.record();
    assert_eq!((record.status, record.attempts.len()), (LeadStatus::Rejected, 1));
    assert_eq!(results(&bench), "a:below_floor b:rejected c:refused");
}

/// A bid counts for less than it pays, against the others and the floor.
#[test]
fn the_share_that_counts_decides_and_the_whole_bid_is_paid() {
    let mut bench = bench("", "counts = \"80%\"");
    bench.bids("a", offers("12.00"));
    bench.bids("b", offers("9.70"));
    bench.bids("c", offers("9.00"));
    // 80 % of 12.00 is 9.60.
    bench.rejects("d");
    bench.rejects("b");
    bench.accepts("a");
    assert!(
        bench
            .take_log()
            .ends_with("post d, record delivering, post b, record delivering, post a, record sold")
    );
    assert_eq!(bench.record().revenue, Some(usd("12.00")));
}

/// Traps: bids above the limit, that ended before they came, and that are no amounts.
#[test]
fn bids_that_cannot_be_used_have_reasons() {
    let limit = "max = { amount = \"50.00\", currency = \"USD\" }";
    let mut bench = bench("", limit);
    let started = bench.now.wall;
    bench.bids("a", offers("50.01"));
    let (amount, ping_id) = (usd("20.00"), None);
    let ended = Offered { ping_id, expires_at: Some(started), ..Offered::of(amount) };
    bench.bids("b", BidReply::Offered(Box::new(ended)));
    bench.bids("c", BidReply::Unreadable { price: "12,50".to_owned() });
    assert!(bench.take_log().ends_with("record delivering, post d"));
    assert_eq!(results(&bench), "a:invalid b:expired c:invalid");
    let reasons: Vec<_> =
        bench.record().bids.iter().map(|bid| bid.reason.clone().unwrap()).collect();
    assert_eq!(reasons[0], "above the limit of 50.00");
    assert_eq!(reasons[2], "no price: 12,50");
    let mut bench = self::bench("", limit);
    bench.bids("a", offers("50.00"));
    let reason = "connection refused".to_owned();
    bench.bids("b", BidReply::Failed { reason });
    bench.bids("c", declines());
    assert!(bench.take_log().ends_with("post a"), "the limit itself is taken");
    assert_eq!(results(&bench), "a:standing b:failed c:refused");
}

/// A bid that ends while earlier buyers are tried is not posted.
#[test]
fn a_bid_that_ended_meanwhile_is_skipped() {
    let mut bench = bench("", "");
    let amount = usd("12.00");
    let expires_at = Some(bench.now.wall + Duration::from_secs(5));
    bench.bids("a", offers("14.00"));
    let short = Offered { expires_at, ..Offered::of(amount) };
    bench.bids("b", BidReply::Offered(Box::new(short)));
    bench.bids("c", offers("11.00"));
    bench.pass(Duration::from_secs(5));
    bench.rejects("a");
    assert!(bench.take_log().ends_with("post a, record delivering, post c"));
    bench.rejects("c");
    bench.rejects("d");
    assert_eq!(results(&bench), "a:rejected b:expired c:rejected");
}

/// A second answer, and one of a contract that was not asked, change nothing.
#[test]
fn only_the_first_answer_of_those_asked_counts() {
    let mut bench = bench("", "");
    bench.bids("d", offers("90.00"));
    bench.bids("a", offers("11.00"));
    bench.bids("a", offers("99.00"));
    bench.pass(WINDOW);
    assert_eq!(bench.record().bids[0].amount, Some(usd("11.00")));
    assert!(bench.take_log().ends_with("post a"));
}

/// The program stopped between the bids and the post: nobody has the lead, and bidders are asked
/// anew.
#[test]
fn a_restart_between_bids_and_post_asks_again() {
    let contracts = [("a", bidder("a", "")), ("b", bidder("b", ""))];
    let contracts: Vec<_> = contracts.iter().map(|(id, keys)| (*id, keys.as_str())).collect();
    let book = book(AUCTION, &contracts);
    let mut before = Bench::new(&book).open();
    before.bids("a", offers("11.00"));
    let mut after = Bench::resumed(&book, &before);
    assert_eq!(after.take_log(), "record received, ping b 500", "the bid of `a` still counts");
    after.bids("b", offers("10.00"));
    assert_eq!(after.take_log(), "record delivering, post a");
    assert_eq!(results(&after), "a:standing b:failed b:standing");
    // Too late for any bid to count.
    let mut before = Bench::new(&book).open();
    before.bids("a", offers("11.00"));
    before.sleep_through(BID_LIFE);
    let mut after = Bench::resumed(&book, &before);
    assert_eq!(after.take_log(), "record received, ping a+b 500");
    after.bids("b", offers("10.00"));
    after.bids("a", declines());
    assert_eq!(after.take_log(), "record delivering, post b");
}

/// A post without a result keeps the lead from the next bidder, also after a restart.
#[test]
fn an_unknown_post_keeps_the_lead_from_the_next_bidder() {
    let contracts = [("a", bidder("a", "")), ("b", bidder("b", ""))];
    let contracts: Vec<_> = contracts.iter().map(|(id, keys)| (*id, keys.as_str())).collect();
    let book = book(AUCTION, &contracts);
    let mut before = Bench::new(&book).open();
    before.bids("a", offers("11.00"));
    before.bids("b", offers("9.00"));
    before.hangs("a");
    let mut after = Bench::resumed(&book, &before);
    assert_eq!(after.record().status, LeadStatus::Unknown);
    assert_eq!(after.take_log(), "record unknown");
    after.accepts("a");
    assert_eq!(after.record().revenue, Some(usd("11.00")));
    let won = after.record().bids.iter().filter(|bid| bid.result == BidResult::Won).count();
    assert_eq!(won, 1);
}

/// A lead that is handed on to another auction is auctioned there, among its bidders.
#[test]
fn a_lead_that_is_handed_on_is_auctioned_again() {
    let (a, x) = (bidder("a", ""), format!("{}\noffer = \"q\"", bidder("x", "")));
    let contracts = [("a", a.as_str()), ("x", x.as_str())];
    let offer = format!("{AUCTION}\ndq = {{ offer = \"q\" }}\n[[offer]]\nid = \"q\"\n{AUCTION}");
    let mut bench = Bench::new(&book(&offer, &contracts)).open();
    bench.bids("a", declines());
    assert_eq!(bench.take_log(), "ping a 500, ping x 500");
    bench.bids("x", offers("3.00"));
    bench.accepts("x");
    assert_eq!(bench.record().revenue, Some(usd("3.00")));
    assert_eq!(results(&bench), "a:refused x:won");
}

/// A shared lead goes to the highest bids, each at its own.
#[test]
fn a_shared_lead_goes_to_the_highest_bidders() {
    let mut bench = bench("share = 2", "");
    for (contract, amount) in [("a", "12.00"), ("b", "14.00"), ("c", "13.00")] {
        bench.bids(contract, offers(amount));
    }
    assert!(bench.take_log().ends_with("post b, post c"));
    bench.accepts("b");
    bench.accepts("c");
    assert_eq!(bench.record().revenue, Some(usd("27.00")));
    assert_eq!(results(&bench), "a:outbid b:won c:won");
}

/// What buyers say of their bids goes with the rest that tells of a person.
#[test]
fn what_buyers_say_of_bids_is_forgotten_with_the_person() {
    let mut bench = bench("", "");
    bench.bids("a", offers("12.00"));
    bench.bids("b", declines());
    bench.pass(WINDOW);
    let mut record = bench.record().clone();
    record.forget_person();
    assert!(record.bids.iter().all(|bid| bid.ping_id.is_none() && bid.reason.is_none()));
}
