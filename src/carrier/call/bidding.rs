//! Asks buyers for bids on the call, and to confirm the bid that has won. The carrier waits for its
//! document meanwhile: the bids of an auction are one answer.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Now;
use crate::routing::Decision;
use crate::sale;
use crate::sale::Auctioneer;
use crate::sale::Bidding;
use crate::sale::Confirmation;
use crate::sale::Table;
use crate::sale::ping_id;

use super::Call;
use super::Output;
use super::message::BidIn;
use crate::carrier::Carrier;

impl Call {
    pub(super) fn on_ask(&mut self, bidding: &Bidding, now: Now) {
        let (auctioneer, mut table) = self.table();
        let asked = auctioneer.ask(&mut table, bidding, now);
        if let Some(asked) = asked.filter(|asked| !asked.contracts.is_empty()) {
            let inquiry = Box::new(self.inquiry_for(asked.offer));
            let (contracts, window) = (asked.contracts, bidding.window);
            self.window = window;
            self.push(Output::Ask { contracts, window, inquiry });
        }
    }

    /// Applies the bids that came within the window, each at the time at which it came; the window
    /// is over.
    pub(super) fn on_bids(&mut self, bids: Vec<BidIn>, now: Now) {
        let window = self.window;
        let (auctioneer, mut table) = self.table();
        for BidIn { contract, after_ms, reply } in bids {
            let then = now.later(Duration::from_millis(after_ms).min(window));
            auctioneer.answered(&mut table, &contract, reply, then);
        }
        auctioneer.tick(&mut table, now.later(window));
    }

    pub(super) fn on_decided(&mut self, decision: Box<Decision>, now: Now) {
        // Its bids are in the record.
        let _standing = self.auctioneer.decided(&mut self.record.bids, &decision);
        self.tell_sale(sale::Input::Decided(decision), now);
    }

    pub(super) fn on_confirm(&mut self, attempt: AttemptId) {
        let Some(pick) = self.sale.attempt(attempt).map(|attempt| attempt.pick.clone()) else {
            return;
        };
        let ping_id = ping_id(&self.record.bids, &pick.contract).map(str::to_owned);
        let inquiry = Box::new(self.inquiry_for(self.record.offer_of(&self.sale).clone()));
        let (contract, price) = (pick.contract, pick.price);
        self.confirming.push_back(attempt);
        self.push(Output::Confirm { contract, price, ping_id, inquiry });
    }

    pub(super) fn on_confirmed(&mut self, answer: Confirmation, now: Now) {
        let Some(attempt) = self.confirming.pop_front() else { return };
        let (_, mut table) = self.table();
        table.confirmed(attempt, answer, now);
    }

    fn table(&mut self) -> (&mut Auctioneer, Table<'_, Carrier>) {
        let (bids, sale) = (&mut self.record.bids, &mut self.sale);
        (&mut self.auctioneer, Table { bids, sale, rng: &mut self.rng })
    }
}
