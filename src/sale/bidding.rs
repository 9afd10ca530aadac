//! Requests bids and waits for them until the window closes.

use crate::base::Now;
use crate::routing::Bid;
use crate::routing::Bids;
use crate::routing::Decision;

use super::Machine;
use super::Output;
use super::Reach;
use super::auction::Auction;
use super::state::SaleState;

impl<R: Reach> Machine<R> {
    /// Requests bids of those who may take the inquiry. A floor applies even without bidders.
    pub(super) fn on_surveyed(&mut self, survey: &Decision, now: Now) {
        let SaleState::AwaitSurvey = &self.state else { return };
        let bidding = self.reach.bidding(survey);
        if bidding.bidders.is_empty() {
            self.bids = Bids { bids: Vec::new(), until: Some(now.mono), floor: bidding.floor };
            return self.decide();
        }
        self.state = SaleState::AwaitBids(Auction::new(&bidding, now));
        self.push(Output::Ask(bidding));
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
