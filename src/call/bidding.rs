//! Asks buyers for bids on the call, and to confirm the bid that has won.

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::Now;
use crate::routing::Decision;
use crate::sale;
use crate::sale::Asked;
use crate::sale::Auctioneer;
use crate::sale::BidReply;
use crate::sale::Bidding;
use crate::sale::Confirmation;
use crate::sale::EveryPhone;
use crate::sale::Table;
use crate::sale::ping_id;

use super::Machine;
use super::Output;

impl Machine {
    /// Asks bidders. The caller hears ringing meanwhile.
    pub(super) fn on_ask(&mut self, bidding: &Bidding, now: Now) {
        let (auctioneer, mut table) = self.table();
        let Some(asked) = auctioneer.ask(&mut table, bidding, now) else { return };
        let Asked { contracts, offer, .. } = asked;
        if !contracts.is_empty() {
            self.ring_caller();
            let inquiry = Box::new(self.own_inquiry().for_offer(offer));
            self.push(Output::Ask { contracts, window: bidding.window, inquiry });
        }
    }

    /// Applies what a bidder answered. One that comes after the window is noted, and ignored.
    pub(super) fn on_bid(&mut self, id: &ContractId, reply: BidReply, now: Now) {
        if self.is_over() {
            return;
        }
        let (auctioneer, mut table) = self.table();
        auctioneer.answered(&mut table, id, reply, now);
        self.carry_out_sale(now);
    }

    /// Closes the window for bids if its time is over.
    pub(super) fn tick_auction(&mut self, now: Now) {
        let (auctioneer, mut table) = self.table();
        auctioneer.tick(&mut table, now);
        self.carry_out_sale(now);
    }

    pub(super) fn on_decided(&mut self, decision: Box<Decision>, now: Now) {
        // Its bids are in the record.
        let _standing = self.auctioneer.decided(&mut self.record.bids, &decision);
        self.sell(sale::Input::Decided(decision), now);
    }

    /// Asks the buyer of an attempt to confirm its bid.
    pub(super) fn on_confirm(&mut self, attempt: AttemptId) {
        let Some(pick) = self.sale.attempt(attempt).map(|attempt| attempt.pick.clone()) else {
            return;
        };
        let ping_id = ping_id(&self.record.bids, &pick.contract).map(str::to_owned);
        let offer = self.sale.offer().unwrap_or(&self.record.offer).clone();
        let inquiry = Box::new(self.own_inquiry().for_offer(offer));
        let (contract, price) = (pick.contract, pick.price);
        self.push(Output::Confirm { attempt, contract, price, ping_id, inquiry });
    }

    pub(super) fn on_confirmed(&mut self, id: AttemptId, answer: Confirmation, now: Now) {
        let (_, mut table) = self.table();
        table.confirmed(id, answer, now);
        self.carry_out_sale(now);
    }

    fn table(&mut self) -> (&mut Auctioneer, Table<'_, EveryPhone>) {
        let (bids, sale) = (&mut self.record.bids, &mut self.sale);
        (&mut self.auctioneer, Table { bids, sale, rng: &mut self.rng })
    }
}
