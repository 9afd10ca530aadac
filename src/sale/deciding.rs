//! Requests routing decisions: the first, another when every hold was refused, and another when a
//! unit may be free.

use std::time::Duration;

use crate::base::Now;
use crate::base::Rng;
use crate::book::Channel;
use crate::book::Ring;
use crate::flow::NotRouted;
use crate::routing::Bids;
use crate::routing::Decision;

use super::Event;
use super::Machine;
use super::Output;
use super::Reach;
use super::Terms;
use super::handing_over::obstacles;
use super::machine::ATTEMPTS_MAX;
use super::race::Holds;
use super::state::SaleState;
use super::wait::Wait;

/// Most repeated decisions after every hold was refused. Other calls took the last units in
/// between; the next decision sees those caps as full and the later tiers as open.
const DECIDED_AGAIN_MAX: u32 = 3;

/// Most decisions that a free unit may cause; after that the sale waits only for the deadline.
pub(super) const WOKEN_MAX: u32 = 1_000;

impl<R: Reach> Machine<R> {
    pub(super) fn on_sell(&mut self, terms: Box<Terms>, now: Now) {
        if !matches!(self.state, SaleState::Idle) {
            return;
        }
        self.terms = Some(terms);
        self.since = now.mono;
        self.decide_anew();
    }

    /// Requests a decision on the inquiry, after bids of its own if the offer is an auction.
    pub(super) fn decide_anew(&mut self) {
        self.bids = Bids::default();
        self.decide();
    }

    /// Requests a decision on the inquiry with the bids received.
    pub(super) fn decide(&mut self) {
        let Some(terms) = &self.terms else { return };
        let inquiry = Box::new(terms.inquiry.clone());
        if self.bids.until.is_none() && self.reach.auctions(&inquiry.offer) {
            self.state = SaleState::AwaitSurvey;
            return self.push(Output::Survey(inquiry));
        }
        self.state = SaleState::AwaitDecision;
        self.push(Output::Decide(inquiry, self.bids.clone()));
    }

    pub(super) fn on_decided(&mut self, decision: Decision, now: Now, rng: &mut Rng) {
        let (SaleState::AwaitDecision, Some(terms)) = (&self.state, &self.terms) else { return };
        let wanted = decision.share();
        let of_offer = match (decision.channel(), decision.ring) {
            (Channel::Form, _) => wanted,
            (Channel::Call, Ring::Sequential) => 1,
            (Channel::Call, Ring::Simultaneous { width }) => width,
        };
        let width = usize::from(terms.width.unwrap_or(of_offer));
        let ring_timeout = terms.ring_timeout.unwrap_or(decision.ring_timeout);
        let picks = decision.picks().collect();
        self.report(Event::Decided(Box::new(decision.clone())));
        self.decisions.push(decision);
        self.race(picks, (width, wanted), ring_timeout, Holds::Unanswered, now, rng);
    }

    /// Handles the end of the picks. Tries those again who lost a race to a buyer that was lost
    /// later. Decides again if other calls took the last units and no buyer was tried.
    pub(super) fn on_none_left(&mut self, now: Now, rng: &mut Rng) {
        let SaleState::Selling(race) = &self.state else { return };
        let (holds, won) = (race.holds, race.won);
        if won > 0 {
            return self.close_sold();
        }
        if self.put_rivals_back() {
            return self.next_wave(now, rng);
        }
        if holds == Holds::Refused && self.decided_again < DECIDED_AGAIN_MAX {
            self.decided_again += 1;
            return self.decide();
        }
        if !self.wait(holds, now) {
            self.on_not_taken(now, rng);
        }
    }

    /// Waits for a free unit or an opening if the terms allow it and caps or hours were the
    /// obstacle. A form lead waits for an opening only: a full cap may stay full for days. Returns
    /// whether the sale waits.
    fn wait(&mut self, holds: Holds, now: Now) -> bool {
        let patience = self.terms.as_ref().map_or(Duration::ZERO, |terms| terms.patience);
        let until = self.since + patience;
        let allowed = now.mono < until && self.tried < ATTEMPTS_MAX;
        let Some(last) = self.decisions.last().filter(|_| allowed) else { return false };
        let parked = last.parked_until().map(|opens| now.mono + opens.since(now.wall));
        let full = obstacles(last).any(|obstacle| obstacle == NotRouted::Capped);
        let capped = match last.channel() {
            Channel::Call => full || holds == Holds::Refused,
            Channel::Form => false,
        };
        if parked.is_none() && !capped {
            return false;
        }
        self.state = SaleState::Waiting(Wait { until, opens: parked });
        true
    }

    pub(super) fn on_freed(&mut self) {
        if matches!(self.state, SaleState::Waiting(_)) && self.woken < WOKEN_MAX {
            self.woken += 1;
            self.decide();
        }
    }

    pub(super) fn on_tick(&mut self, now: Now, rng: &mut Rng) {
        match &self.state {
            SaleState::AwaitBids(auction) if now.mono >= auction.until() => self.close_auction(),
            SaleState::Waiting(wait) if now.mono >= wait.until => self.on_not_taken(now, rng),
            SaleState::Waiting(wait) if now.mono >= wait.deadline() => self.decide_anew(),
            SaleState::AwaitBids(_)
            | SaleState::Waiting(_)
            | SaleState::Idle
            | SaleState::AwaitSurvey
            | SaleState::AwaitDecision
            | SaleState::Selling(_)
            | SaleState::Sold(_)
            | SaleState::Withdrawn => {}
        }
    }
}
