//! Bids on an inquiry, as they are stored.

use serde::Deserialize;
use serde::Serialize;

use crate::base::BidResult;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Wall;
use crate::routing::Pick;

use super::AttemptRecord;

/// Most bids of an inquiry over all its auctions. When it has as many, no further bidder is asked.
pub const BIDS_MAX: usize = 256;

/// A bidder that was asked for a bid, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidRecord {
    /// The offer that was auctioned.
    pub offer: OfferId,
    /// The contract that was asked.
    pub contract: ContractId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// When it was asked.
    pub asked_at: Wall,
    /// Time to its answer, in milliseconds; `None` without an answer.
    pub answer_ms: Option<u64>,
    /// The amount that it offered, whether the bid counted or not.
    pub amount: Option<Money>,
    /// The buyer's id of the bid.
    pub ping_id: Option<String>,
    /// When the bid ends; `None` without a bid that counts.
    pub expires_at: Option<Wall>,
    /// Where the call goes if the bid wins, as the buyer wrote it; `None` for the contract's
    /// destination.
    #[serde(default)]
    pub destination: Option<String>,
    /// Connected time from which the call is billable if the bid wins, in seconds; `None` for the
    /// contract's.
    #[serde(default)]
    pub buffer_seconds: Option<u64>,
    /// Whether the buyer said that it repeats an earlier bid of its own, which still counts.
    #[serde(default)]
    pub repeated: bool,
    /// What became of it.
    pub result: BidResult,
    /// What the buyer said, or what failed.
    pub reason: Option<String>,
}

impl BidRecord {
    /// Creates the record of a bidder that is asked.
    pub(super) fn asked(offer: &OfferId, contract: &ContractId, buyer: &BuyerId, at: Wall) -> Self {
        Self {
            offer: offer.clone(),
            contract: contract.clone(),
            buyer: buyer.clone(),
            asked_at: at,
            answer_ms: None,
            amount: None,
            ping_id: None,
            expires_at: None,
            destination: None,
            buffer_seconds: None,
            repeated: false,
            result: BidResult::Pending,
            reason: None,
        }
    }

    /// Creates the bid of a contract that is not asked: its price, until a time.
    pub fn own(offer: &OfferId, pick: &Pick, at: Wall, until: Wall) -> Self {
        Self {
            answer_ms: Some(0),
            amount: Some(pick.price),
            expires_at: Some(until),
            result: BidResult::Standing,
            ..Self::asked(offer, &pick.contract, &pick.buyer, at)
        }
    }

    /// Returns whether the bid counts at a time.
    pub(super) fn stands(&self, at: Wall) -> bool {
        self.result == BidResult::Standing && self.expires_at.is_some_and(|end| at < end)
    }

    /// Removes what may tell of a person.
    pub fn forget_person(&mut self) {
        (self.ping_id, self.destination, self.reason) = (None, None, None);
    }
}

/// Returns the latest bid of a contract.
pub(super) fn latest<'b>(bids: &'b [BidRecord], contract: &ContractId) -> Option<&'b BidRecord> {
    bids.iter().rev().find(|bid| bid.contract == *contract)
}

/// Returns the buyer's id of a contract's bid that counts, or won.
pub fn ping_id<'b>(bids: &'b [BidRecord], contract: &ContractId) -> Option<&'b str> {
    let bid = latest(bids, contract)?;
    match bid.result {
        BidResult::Standing | BidResult::Won => bid.ping_id.as_deref(),
        BidResult::Pending
        | BidResult::Outbid
        | BidResult::Unused
        | BidResult::Late
        | BidResult::BelowFloor
        | BidResult::Refused
        | BidResult::Rejected
        | BidResult::Invalid
        | BidResult::Expired
        | BidResult::Failed => None,
    }
}

/// Notes what became of a contract's bid that counted.
pub fn settle_bid(bids: &mut [BidRecord], contract: &ContractId, result: BidResult) {
    if let Some(bid) = bids.iter_mut().rev().find(|bid| bid.contract == *contract)
        && bid.result == BidResult::Standing
    {
        bid.result = result;
    }
}

/// Gives up bids that are still awaited, for a reason.
pub fn give_up_bids(bids: &mut [BidRecord], reason: &str) {
    for bid in bids.iter_mut().filter(|bid| bid.result == BidResult::Pending) {
        bid.result = BidResult::Failed;
        bid.reason = Some(reason.to_owned());
    }
}

/// Ends the bids that counted, when their inquiry has ended.
pub fn end_bids(bids: &mut [BidRecord], is_sold: bool, at: Wall) {
    for bid in bids.iter_mut().filter(|bid| bid.result == BidResult::Standing) {
        bid.result = match (bid.expires_at, is_sold) {
            (_, true) => BidResult::Outbid,
            (Some(end), false) if end <= at => BidResult::Expired,
            (_, false) => BidResult::Unused,
        };
    }
}

/// Ends the bids on a call that has ended, by the attempts on its buyers.
pub fn end_bids_by(
    bids: &mut [BidRecord],
    attempts: &[AttemptRecord],
    winner: Option<&ContractId>,
    at: Wall,
) {
    give_up_bids(bids, "the call ended before it was answered");
    if let Some(winner) = winner {
        settle_bid(bids, winner, BidResult::Won);
    }
    for attempt in attempts {
        let is_rejected = match attempt.outcome {
            Some(
                Outcome::Busy
                | Outcome::NoAnswer
                | Outcome::Declined
                | Outcome::Failed
                | Outcome::NoCommonCodec
                | Outcome::Unreachable
                | Outcome::Barred
                | Outcome::TrunkLimit
                | Outcome::Loop
                | Outcome::NotAccepted
                | Outcome::Gone
                | Outcome::Machine,
            ) => true,
            Some(Outcome::Won | Outcome::LostRace | Outcome::Canceled) | None => false,
        };
        if is_rejected {
            settle_bid(bids, &attempt.contract, BidResult::Rejected);
        }
    }
    end_bids(bids, winner.is_some(), at);
}
