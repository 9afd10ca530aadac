//! Requests bids and waits for them until the window closes.

use crate::base::Now;
use crate::routing::Bid;
use crate::routing::Bids;

use super::Machine;
use super::Output;
use super::Reach;
use super::auction::Auction;
use super::state::SaleState;

impl<R: Reach> Machine<R> {
    /// Requests bids if the terms say so. Returns whether bids are pending: a floor applies even
    /// without bidders.
    pub(super) fn ask_for_bids(&mut self, now: Now) -> bool {
        self.bids = Bids::default();
        let bidding = self.terms.as_ref().and_then(|terms| terms.bidding.clone());
        let Some(bidding) = bidding else { return false };
        if bidding.bidders.is_empty() {
            self.bids.floor = bidding.floor;
            return false;
        }
        self.state = SaleState::AwaitBids(Auction::new(&bidding, now));
        self.push(Output::Ask(bidding));
        true
    }

    pub(super) fn on_bid(&mut self, bid: Bid) {
        let SaleState::AwaitBids(auction) = &mut self.state else { return };
        if auction.take(bid) {
            self.close_auction();
        }
    }

    /// Decides with the bids received so far.
    pub(super) fn close_auction(&mut self) {
        let SaleState::AwaitBids(auction) = &mut self.state else { return };
        self.bids = std::mem::take(&mut auction.bids);
        self.decide();
    }
}
