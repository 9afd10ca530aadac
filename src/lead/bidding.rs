//! Asks buyers for bids on the lead, and notes what they answer.

use crate::base::ContractId;
use crate::base::Now;
use crate::base::Rng;
use crate::routing::Decision;
use crate::sale::Asked;
use crate::sale::Auctioneer;
use crate::sale::BidReply;
use crate::sale::Bidding;
use crate::sale::Standing;
use crate::sale::Table;
use crate::sale::give_up_bids;

use super::Machine;
use super::Output;
use super::Posts;
use super::What;

impl Machine {
    /// Asks bidders. One whose bid of an earlier auction still counts is not asked again, and after
    /// the auction of the lead's ping, nobody is.
    pub(super) fn on_ask(&mut self, bidding: &Bidding, now: Now, rng: &mut Rng) {
        let (auctioneer, mut table) = self.table(rng);
        let Some(asked) = auctioneer.ask(&mut table, bidding, now) else { return };
        let Asked { offer, contracts, cached } = asked;
        self.record.note(What::Asked { offer, bidders: contracts.len(), cached }, now.wall);
        if !contracts.is_empty() {
            self.push(Output::Ping { contracts, window: bidding.window });
        }
    }

    /// Applies what a bidder answered. One that comes after the window is noted, and ignored.
    pub(super) fn on_bid(&mut self, id: &ContractId, reply: BidReply, now: Now, rng: &mut Rng) {
        let (auctioneer, mut table) = self.table(rng);
        auctioneer.answered(&mut table, id, reply, now);
    }

    /// Closes the window if its time is over.
    pub(super) fn tick_auction(&mut self, now: Now, rng: &mut Rng) {
        let (auctioneer, mut table) = self.table(rng);
        auctioneer.tick(&mut table, now);
    }

    /// Notes what a decision says of the bids.
    pub(super) fn judge_bids(&mut self, decision: &Decision, now: Now) {
        let standing = self.auctioneer.decided(&mut self.record.bids, decision);
        if let Some(Standing { bids, highest }) = standing {
            let offer = decision.offer.clone();
            self.record.note(What::Bids { offer, bids, highest }, now.wall);
        }
    }

    /// Gives up what an earlier run of the program waited for.
    pub(super) fn forget_pending(&mut self) {
        give_up_bids(&mut self.record.bids, "the switch stopped before it was answered");
    }

    fn table<'t>(&'t mut self, rng: &'t mut Rng) -> (&'t mut Auctioneer, Table<'t, Posts>) {
        let table = Table { bids: &mut self.record.bids, sale: &mut self.sale, rng };
        (&mut self.auctioneer, table)
    }
}
