//! Bids are asked for and awaited for a while.

use std::collections::BTreeSet;

use crate::base::ContractId;
use crate::base::Mono;
use crate::base::Now;
use crate::routing::Bid;
use crate::routing::Bids;

use super::Bidding;
use super::Machine;
use super::Output;
use super::Reach;
use super::machine::State;

/// Bids that are awaited.
#[derive(Debug)]
pub(super) struct Auction {
    bids: Bids,
    until: Mono,
    /// Who has not answered.
    missing: BTreeSet<ContractId>,
}

impl Auction {
    fn new(bidding: &Bidding, now: Now) -> Self {
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

    /// Takes in a bid; returns whether everybody has answered. One from nobody who was asked, or
    /// a second one, does not count.
    fn take(&mut self, bid: Bid) -> bool {
        if self.missing.remove(&bid.contract) {
            self.bids.bids.push(bid);
        }
        self.missing.is_empty()
    }
}

impl<R: Reach> Machine<R> {
    /// Asks for bids where the terms say so. Returns whether they are awaited: a floor without
    /// anybody to ask holds all the same.
    pub(super) fn ask_for_bids(&mut self, now: Now) -> bool {
        self.bids = Bids::default();
        let bidding = self.terms.as_ref().and_then(|terms| terms.bidding.clone());
        let Some(bidding) = bidding else { return false };
        if bidding.bidders.is_empty() {
            self.bids.floor = bidding.floor;
            return false;
        }
        self.state = State::AwaitBids(Auction::new(&bidding, now));
        self.push(Output::Ask(bidding));
        true
    }

    pub(super) fn on_bid(&mut self, bid: Bid) {
        let State::AwaitBids(auction) = &mut self.state else { return };
        if auction.take(bid) {
            self.close_auction();
        }
    }

    /// Decides among the bids that have come.
    pub(super) fn close_auction(&mut self) {
        let State::AwaitBids(auction) = &mut self.state else { return };
        self.bids = std::mem::take(&mut auction.bids);
        self.decide();
    }
}
