//! What buyers answer to posts.

use crate::base::AttemptId;
use crate::base::BidResult;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Rng;
use crate::sale;
use crate::sale::Loss;
use crate::sale::cut;
use crate::sale::settle_bid;

use super::LeadStatus;
use super::Machine;
use super::Reply;
use super::Settled;
use super::SettledAs;
use super::What;

impl Machine {
    /// Applies a buyer's answer. Ignored if the attempt has ended.
    pub(super) fn on_replied(&mut self, id: AttemptId, reply: Reply, now: Now, rng: &mut Rng) {
        let Some(attempt) = self.sale.attempt(id) else { return };
        let contract = attempt.pick.contract.clone();
        let is_open = self.sale.rows().iter().any(|row| row.id == id && row.outcome.is_none());
        if !is_open {
            return;
        }
        let was_unknown = self.unknown.remove(&id).is_some();
        match reply {
            Reply::Accepted { status, reference } => {
                let reference = reference.as_deref().map(cut);
                self.record.note(What::Accepted { attempt: id, contract, reference }, now.wall);
                self.sale.answered(id, status, now);
                self.sale.handle(sale::Input::Accepted(id), now, rng);
            }
            Reply::Lost { outcome, status, reason } => {
                let reason = reason.as_deref().map(cut);
                settle_bid(&mut self.record.bids, &contract, BidResult::Rejected);
                self.record.note(What::Lost { attempt: id, contract, outcome, reason }, now.wall);
                let loss = Loss { outcome, status };
                self.sale.handle(sale::Input::Lost(id, loss), now, rng);
            }
            Reply::Unknown { reason } => {
                if !was_unknown {
                    let reason = cut(&reason);
                    self.record.note(What::Unknown { attempt: id, contract, reason }, now.wall);
                }
                self.unknown.insert(id, now.mono + self.rules.unknown_after);
                self.sale.handle(sale::Input::Unknown(id), now, rng);
            }
        }
        self.drain(now, rng);
        self.keep();
    }

    /// Applies what somebody says of a post whose result is unknown. Ignored for any other post.
    pub(super) fn on_settled(&mut self, id: AttemptId, settled: Settled, now: Now, rng: &mut Rng) {
        let Some(attempt) = self.sale.attempt(id).filter(|_| self.unknown.contains_key(&id)) else {
            return;
        };
        let contract = attempt.pick.contract.clone();
        let Settled { result, by } = settled;
        let by = cut(&by);
        self.record.note(What::Settled { attempt: id, contract, by }, now.wall);
        let reply = match result {
            SettledAs::Accepted { reference } => Reply::Accepted { status: None, reference },
            SettledAs::Rejected { reason } => {
                Reply::Lost { outcome: Outcome::Declined, status: None, reason }
            }
        };
        self.on_replied(id, reply, now, rng);
    }

    /// Stores what a reply changed, if nothing that follows from it does.
    fn keep(&mut self) {
        if self.record.status.is_over() {
            return;
        }
        match (self.unknown.is_empty(), self.record.status) {
            (false, _) => self.record.status = LeadStatus::Unknown,
            (true, LeadStatus::Unknown) => self.record.status = LeadStatus::Delivering,
            (
                true,
                LeadStatus::Received
                | LeadStatus::Delivering
                | LeadStatus::Parked
                | LeadStatus::Sold
                | LeadStatus::Rejected,
            ) => {}
        }
        // What the sale asks for next is stored with what follows from it.
        if !self.awaits_sale() {
            self.store();
        }
    }

    /// Loses the posts whose result stayed unknown for too long.
    pub(super) fn give_up_unknown(&mut self, now: Now, rng: &mut Rng) {
        let late = self.unknown.iter().filter(|(_, until)| now.mono >= **until);
        let late: Vec<AttemptId> = late.map(|(id, _)| *id).collect();
        for id in late {
            let reason = Some("nobody said whether it was accepted".to_owned());
            let reply = Reply::Lost { outcome: Outcome::NoAnswer, status: None, reason };
            self.on_replied(id, reply, now, rng);
        }
    }
}
