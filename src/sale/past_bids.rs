//! Answers an auction with the bids that were made on a past inquiry.

use std::time::Duration;

use super::BID_LIFE;
use super::BidRecord;
use super::BidReply;
use super::Bidders;
use super::Bidding;
use super::Input;
use super::Machine;
use super::Reach;
use super::bid_record::latest;
use super::bidders::Judged;
use crate::base::BidResult;
use crate::base::ContractId;
use crate::base::Now;
use crate::base::Rng;
use crate::delivery::Offered;
use crate::routing::Bid;
use crate::routing::BidAnswer;
use crate::routing::BidTerms;

/// A bidder's part in a past auction.
enum Stored {
    /// It answered, after this time.
    Answered(BidReply, Duration),
    /// It did not answer within the window.
    Missing,
    /// It was not asked, or its answer did not come.
    Unknown,
}

/// Answers an auction of a past inquiry with its stored bids, each judged by the book of the sale.
/// A bidder whose bid is unknown bids nothing. Returns those bidders.
pub fn answer_by_past<R: Reach>(
    sale: &mut Machine<Bidders<R>>,
    bidding: &Bidding,
    bids: &[BidRecord],
    now: Now,
    rng: &mut Rng,
) -> Vec<ContractId> {
    sale.reach_mut().set_time(now.wall);
    let mut unknown = Vec::new();
    for contract in &bidding.bidders {
        let (judged, after) = match stored(bids, contract, bidding.window) {
            Stored::Answered(reply, after) => {
                (sale.reach_mut().judge(contract, &reply, now.wall), after)
            }
            Stored::Missing => (None, Duration::ZERO),
            Stored::Unknown => {
                unknown.push(contract.clone());
                (None, Duration::ZERO)
            }
        };
        let (answer, terms) = match judged {
            Some(Judged { answer, terms, .. }) => (answer, terms),
            None => (BidAnswer::Missing, BidTerms::NONE),
        };
        sale.reach_mut().quote(contract, now.wall + BID_LIFE);
        let received_at = now.mono + after;
        let bid = Bid { contract: contract.clone(), answer, received_at, terms };
        sale.handle(Input::Bid(bid), now, rng);
    }
    unknown
}

/// Returns what is known of a contract's bid, for a window.
fn stored(bids: &[BidRecord], contract: &ContractId, window: Duration) -> Stored {
    let Some(bid) = latest(bids, contract) else { return Stored::Unknown };
    let after = bid.answer_ms.map(Duration::from_millis);
    match (bid.result, after) {
        // Never asked for its answer, or the switch stopped before it came.
        (BidResult::Pending | BidResult::Failed, _) => match after {
            None => Stored::Unknown,
            Some(after) => Stored::Answered(failed(bid), after),
        },
        // It was late for a shorter window, or did not answer in a longer one.
        (BidResult::Late, None) => Stored::Missing,
        (_, Some(after)) if after > window => Stored::Missing,
        (BidResult::Refused, _) => {
            let reply = BidReply::Declined { reason: bid.reason.clone() };
            Stored::Answered(reply, after.unwrap_or_default())
        }
        (
            BidResult::Standing
            | BidResult::Won
            | BidResult::Outbid
            | BidResult::Unused
            | BidResult::Late
            | BidResult::BelowFloor
            | BidResult::Rejected
            | BidResult::Invalid
            | BidResult::Expired,
            _,
        ) => Stored::Answered(offered(bid), after.unwrap_or_default()),
    }
}

fn offered(bid: &BidRecord) -> BidReply {
    let Some(amount) = bid.amount else { return failed(bid) };
    // An end that was over when it was asked stays so; every other bid lasts for the sale.
    let expires_at = bid.expires_at.filter(|end| *end <= bid.asked_at);
    BidReply::Offered(Box::new(Offered {
        amount,
        ping_id: bid.ping_id.clone(),
        expires_at,
        destinations: bid.destination.iter().cloned().collect(),
        buffer: bid.buffer_seconds.map(Duration::from_secs),
        repeat: Default::default(),
    }))
}

fn failed(bid: &BidRecord) -> BidReply {
    BidReply::Failed { reason: bid.reason.clone().unwrap_or_default() }
}
