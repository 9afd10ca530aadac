//! Auctions of calls at a carrier, and replays of their journals.

use super::*;
use crate::base::BidResult;
use crate::base::Currency;
use crate::base::Money;
use crate::delivery::Offered;
use crate::sale::BidReply;

/// Bids are asked for while the carrier waits for its document; a replay of the journal gives the
/// same call, with the same bids.
#[test]
fn the_winning_bid_is_dialled_and_a_replay_is_the_same() {
    let bidder = "bidder = { url = \"https://rtb.example/\", allow = [\"+1888*\"], \
                  confirm = \"https://rtb.example/take\" }";
    let text = book("strategy = \"auction\"", &[("a", bidder), ("b", bidder), ("c", "")]);
    let bid = |contract: &str, amount: &str, after_ms: u64, destination: &str| BidIn {
        contract: contract.parse().unwrap(),
        after_ms,
        reply: BidReply::Offered(Box::new(Offered {
            ping_id: Some(format!("p-{contract}")),
            destinations: vec![destination.to_owned()],
            ..Offered::of(Money::parse(amount, Currency::USD).unwrap())
        })),
    };
    for (denied, script, expected, results) in [
        (
            "",
            "enter b:in-progress done:9:b",
            "ask:a+b confirm:b:15.00:p-b <dial(b)> <> commit end <hangup>",
            "a:outbid b:won",
        ),
        (
            "full:-b",
            "enter a:in-progress done:9:a",
            "ask:a+b confirm:b:15.00:p-b release confirm:a:11.00:p-a <dial(a)> <> commit end <hangup>",
            "a:won b:rejected",
        ),
    ] {
        let mut bench = Bench::new(Carrier::Twilio, &text, &[("f", ROUTE)]);
        bench.bids =
            vec![bid("a", "11.00", 40, "+18885550101"), bid("b", "15.00", 80, "+18885550102")];
        bench.play(&format!("{denied} {script}"));
        assert_eq!(bench.transcript.join(" "), expected);
        let record = bench.record.clone().unwrap();
        let bids = record.bids.iter().map(|bid| format!("{}:{}", bid.contract, bid.result));
        assert_eq!(bids.collect::<Vec<_>>().join(" "), results);
        let dialled = bench.call.legs[0].destination.to.dialled().to_owned();
        assert_eq!(
            Some(dialled),
            record
                .bids
                .iter()
                .find(|bid| bid.result == BidResult::Won)
                .and_then(|bid| bid.destination.clone())
        );
        let mut again = fresh(Carrier::Twilio, &bench.flows, bench.snapshot.book());
        replay(&mut again, &bench.lines, &bench).unwrap();
        assert_eq!(format!("{again:?}"), format!("{:?}", bench.call));
    }
}

/// A buyer that does not answer within the window never gets the call.
#[test]
fn a_bidder_that_does_not_answer_is_late() {
    let bidder = "bidder = \"https://rtb.example/\"";
    let text = book("strategy = \"auction\"", &[("a", bidder), ("c", "")]);
    let mut bench = Bench::new(Carrier::Twilio, &text, &[("f", ROUTE)]);
    bench.play("enter done:9:c");
    assert_eq!(bench.transcript.join(" "), "ask:a <dial(c)> commit end <hangup>");
    assert_eq!(bench.record.unwrap().bids[0].result, BidResult::Late);
}
