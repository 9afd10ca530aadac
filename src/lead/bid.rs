//! Bids on a lead.

use serde::Deserialize;
use serde::Serialize;

use crate::base::BidResult;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Wall;
use crate::routing::Pick;

/// Most bids of a lead over all its auctions. When it has as many, nobody is asked any more.
pub const BIDS_MAX: usize = 256;

/// A bidder that was asked for a bid on a lead, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadBid {
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
    /// What became of it.
    pub result: BidResult,
    /// What the buyer said, or what failed.
    pub reason: Option<String>,
}

impl LeadBid {
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
}
