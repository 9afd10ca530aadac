//! Leads that are posted to a ping.

use std::time::Duration;

use crate::base::BidResult;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::lead::LeadStatus;
use crate::sale::BidRecord;

use super::bench::Bench;
use super::bench::book;

fn usd(amount: &str) -> Money {
    Money::parse(amount, Currency::USD).unwrap()
}

/// Returns a bid on the ping, which came ten seconds before the lead and lasts a minute.
fn bid(contract: &str, amount: Option<&str>, result: BidResult, at: Wall) -> BidRecord {
    let asked_at = at - Duration::from_secs(10);
    BidRecord {
        offer: "o".parse().unwrap(),
        contract: contract.parse().unwrap(),
        buyer: contract.parse().unwrap(),
        asked_at,
        answer_ms: Some(40),
        amount: amount.map(usd),
        ping_id: Some(format!("p-{contract}")),
        expires_at: amount.map(|_| asked_at + Duration::from_secs(60)),
        destination: None,
        buffer_seconds: None,
        repeated: false,
        result,
        reason: None,
    }
}

/// Returns a bench with the bidders `a`, `b` and `c`, and `d`, which takes posts at its price.
fn bench(offer: &str, bids: impl Fn(Wall) -> Vec<BidRecord>) -> Bench {
    let bidder = |id: &str| {
        format!(
            "delivery = {{ post = \"https://{id}.example/post\", \
             ping = \"https://{id}.example/ping\" }}"
        )
    };
    let (a, b, c) = (bidder("a"), bidder("b"), bidder("c"));
    let contracts = [("a", a.as_str()), ("b", b.as_str()), ("c", c.as_str()), ("d", "")];
    let book = book(&format!("strategy = \"auction\"\n{offer}"), &contracts);
    Bench::pinged(&book, bids).open()
}

fn bids(at: Wall) -> Vec<BidRecord> {
    vec![
        bid("a", Some("11.00"), BidResult::Standing, at),
        bid("b", Some("14.50"), BidResult::Standing, at),
        bid("c", None, BidResult::Refused, at),
        bid("d", Some("12.00"), BidResult::Standing, at),
    ]
}

/// Nobody is asked again: the winner of the ping gets the post at its bid, then the next bidder. A
/// contract that is not asked keeps the price that it had for the ping.
#[test]
fn the_post_goes_to_the_bidders_of_its_ping_in_their_order() {
    let mut bench = bench("", bids);
    assert_eq!(bench.take_log(), "record delivering, post b", "no ping");
    assert_eq!(bench.record().ping_id(&"b".parse().unwrap()), Some("p-b"));
    bench.rejects("b");
    bench.rejects("d");
    assert_eq!(bench.take_log(), "record delivering, post d, record delivering, post a");
    bench.accepts("a");
    let record = bench.record();
    assert_eq!((record.status, record.revenue), (LeadStatus::Sold, Some(usd("11.00"))));
    assert_eq!(
        bench.steps(),
        "received pinged scored:45 asked:0+3 bids:3:14.50 routed:3 b:posted b:declined d:posted \
         d:declined a:posted a:accepted ended:delivered"
    );
}

#[test]
fn a_price_of_the_ping_is_what_a_contract_pays() {
    let mut bench = bench("", |at| vec![bid("d", Some("12.00"), BidResult::Standing, at)]);
    bench.accepts("d");
    assert_eq!(bench.take_log(), "record delivering, post d, record sold");
    assert_eq!(bench.record().revenue, Some(usd("12.00")));
}

/// A bid that has ended is not posted to, and its buyer is not asked again at once.
#[test]
fn bids_of_a_ping_that_have_ended_do_not_count() {
    let ended = |at: Wall| {
        let mut all = bids(at);
        all[1].expires_at = Some(at);
        all
    };
    let mut bench = bench("", ended);
    assert_eq!(bench.take_log(), "record delivering, post d");
    bench.rejects("d");
    bench.rejects("a");
    assert_eq!(bench.record().status, LeadStatus::Rejected);
    assert_eq!(bench.posts.len(), 2, "not to `b`");
}

/// Where the lead is handed on to another offer, its bidders are asked.
#[test]
fn the_bidders_of_another_offer_are_asked() {
    let only_b = |at| vec![bid("b", Some("14.50"), BidResult::Standing, at)];
    let p = "offer = \"p\"\ndelivery = { post = \"https://e.example/post\", \
             ping = \"https://e.example/ping\" }";
    let b = "delivery = { post = \"https://b.example/post\", ping = \"https://b.example/ping\" }";
    let auction = "strategy = \"auction\"";
    let text = format!("{auction}\ndq = {{ offer = \"p\" }}");
    let book = book(&text, &[("b", b), ("e", p)]);
    let mut bench = Bench::pinged(&book, only_b).open();
    bench.rejects("b");
    assert!(!bench.take_log().contains("ping b"));
    assert_eq!(bench.record().offer.as_str(), "p");
}
