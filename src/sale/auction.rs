//! The bids that a sale waits for.

use std::collections::BTreeSet;

use super::Bidding;
use crate::base::ContractId;
use crate::base::Mono;
use crate::base::Now;
use crate::routing::Bid;
use crate::routing::Bids;

/// Pending bids.
#[derive(Debug)]
pub(super) struct Auction {
    pub(super) bids: Bids,
    pub(super) until: Mono,
    /// Contracts whose bid is missing.
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

    /// Records a bid; returns whether all bids are in. Bids of contracts that were not asked, and
    /// second bids, are ignored.
    pub(super) fn take(&mut self, bid: Bid) -> bool {
        if self.missing.remove(&bid.contract) {
            self.bids.bids.push(bid);
        }
        self.missing.is_empty()
    }
}
