//! The bids that a sale awaits.

use std::collections::BTreeSet;

use super::Bidding;
use crate::base::ContractId;
use crate::base::Mono;
use crate::base::Now;
use crate::routing::Bid;
use crate::routing::Bids;

/// Bids that are awaited.
#[derive(Debug)]
pub(super) struct Auction {
    pub(super) bids: Bids,
    pub(super) until: Mono,
    /// Who has not answered.
    pub(super) missing: BTreeSet<ContractId>,
}

impl Auction {
    pub(super) fn new(bidding: &Bidding, now: Now) -> Self {
        let until = now.mono + bidding.window;
        Self {
            bids: Bids { bids: Vec::new(), until: Some(until), floor: bidding.floor },
            until,
            missing: bidding.bidders.iter().cloned().collect(),
        }
    }

    pub(super) fn until(&self) -> Mono {
        self.until
    }

    /// Takes in a bid; returns whether everybody has answered. One of a buyer who was not asked, or
    /// a second one, does not count.
    pub(super) fn take(&mut self, bid: Bid) -> bool {
        if self.missing.remove(&bid.contract) {
            self.bids.bids.push(bid);
        }
        self.missing.is_empty()
    }
}
