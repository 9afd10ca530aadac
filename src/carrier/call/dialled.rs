//! The end of a `<Dial>`: which leg won, and how the call continues.
//!
//! The parameters of the dial's action are authoritative; earlier reports of leg states are hints.
//! `DialCallStatus=completed` alone is not a win: a machine that answers a whisper also completes.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::CanceledBecause;
use crate::base::End;
use crate::base::Now;
use crate::base::Outcome;
use crate::billing::whole_millis;
use crate::book::Accept;
use crate::call::CallEvent;
use crate::call::EndedBy;
use crate::sale;
use crate::sale::Loss;

use super::Call;
use super::Output;
use super::leg::Leg;
use super::machine::CallerLine;
use super::machine::Stage;
use super::ringing::target;
use crate::carrier::AnsweredBy;
use crate::carrier::Bridged;
use crate::carrier::CallState;
use crate::carrier::CarrierCallId;
use crate::carrier::DialResult;
use crate::carrier::DialStatus;
use crate::carrier::Request;

/// Which leg won the call.
enum Won {
    Leg(AttemptId),
    /// A leg won, but its buyer is unknown.
    Unknown,
    NoLeg,
}

impl Call {
    /// Handles the end of a dial. If it names one of several legs and no report identified that
    /// leg's buyer, asks the carrier first.
    pub(super) fn on_dialled(&mut self, request: &Request, now: Now) {
        let connected = request.dial.as_ref().filter(|result| is_connected(result));
        match connected.and_then(|result| self.unplaced_leg(result)) {
            Some(leg) => {
                self.unplaced = Some(Box::new(request.clone()));
                self.push(Output::FindLeg(leg));
            }
            None => self.conclude_dialled(request, now),
        }
    }

    fn unplaced_leg(&self, result: &DialResult) -> Option<CarrierCallId> {
        let named = result.child.clone().filter(|_| self.legs.len() > 1)?;
        let known = self.legs.iter().any(|leg| leg.child.as_ref() == Some(&named));
        (!known).then_some(named)
    }

    /// Handles the number that the carrier dialled for the winning leg.
    pub(super) fn on_leg_found(&mut self, to: Option<&str>, now: Now) {
        let Some(request) = self.unplaced.take() else { return };
        let child = request.dial.as_ref().and_then(|result| result.child.clone());
        if let Some(to) = to {
            let is_it = |leg: &&mut Leg| target(&leg.destination).is_written(to);
            if let Some(leg) = self.legs.iter_mut().find(is_it) {
                leg.child = child;
            }
        }
        self.conclude_dialled(&request, now);
    }

    fn conclude_dialled(&mut self, request: &Request, now: Now) {
        self.stage = Stage::Writing;
        let gone = request.state.is_some_and(CallState::is_final) || self.caller_gone.is_some();
        let result = request.dial.as_ref();
        match result.map_or(Won::NoLeg, |result| self.won(result)) {
            Won::Leg(id) => {
                let connected = result.and_then(|result| result.duration);
                let by = if gone { EndedBy::Caller } else { EndedBy::Buyer };
                self.win(id, connected, now);
                self.part(by, End::Bridged, now);
            }
            Won::Unknown => {
                self.lose_and_leave(result, now);
                self.part(EndedBy::Switch, End::NoContract, now);
            }
            Won::NoLeg if gone => {
                self.lose_and_leave(result, now);
                self.part(EndedBy::Caller, End::Abandoned, now);
            }
            Won::NoLeg => self.lose_wave(result, now),
        }
    }

    /// Returns which leg won, according to the carrier's result of the dial.
    fn won(&self, result: &DialResult) -> Won {
        if !is_connected(result) {
            return Won::NoLeg;
        }
        match self.answering_leg(result) {
            Some(leg) if self.is_accepted(leg, result) => Won::Leg(leg.id),
            Some(_) => Won::NoLeg,
            None => Won::Unknown,
        }
    }

    /// Returns the leg that the result is about: the one that it names by id, else the only leg,
    /// else the only leg that accepted, else the only leg that was reported to have answered.
    fn answering_leg(&self, result: &DialResult) -> Option<&Leg> {
        let only = |test: &dyn Fn(&Leg) -> bool| {
            let mut found = self.legs.iter().filter(|leg| test(leg));
            found.next().filter(|_| found.next().is_none())
        };
        let named = result.child.as_ref();
        let by_id = named.and_then(|child| only(&|leg| leg.child.as_ref() == Some(child)));
        by_id
            .or_else(|| only(&|_| true))
            .or_else(|| only(&|leg| leg.accepted_at.is_some()))
            .or_else(|| only(&|leg| leg.answered_at.is_some()))
    }

    fn is_accepted(&self, leg: &Leg, result: &DialResult) -> bool {
        match leg.destination.accept {
            Accept::None => true,
            // A carrier that asks for the key itself reports when it bridged the two.
            Accept::Press1 => leg.accepted_at.is_some() || self.is_reported_joined(result),
        }
    }

    fn is_reported_joined(&self, result: &DialResult) -> bool {
        !self.carrier.whispers_by_noun() && result.bridged == Bridged::Yes
    }

    /// Sells the call to this leg's buyer and bills it. Cancels the other legs of the wave.
    pub(super) fn win(&mut self, id: AttemptId, connected: Option<Duration>, now: Now) {
        self.tell_hints(id, now);
        let Some(leg) = self.leg(id) else { return };
        let talk = connected_time(leg, connected, now);
        let gate = gate_time(leg);
        self.record.bridged_at = Some(now.wall - talk);
        self.record.gate = whole_millis(gate);
        if self.line == CallerLine::Unanswered {
            self.line = CallerLine::Answered;
            self.record.answered_at = self.record.bridged_at;
        }
        self.tell_sale(sale::Input::Accepted(id), now);
        self.tell_sale(sale::Input::Delivered(id), now);
        self.follow_sale(now);
        let Some(winner) = self.sale.winners().last().cloned() else { return };
        let (contract, buyer) = (winner.contract.clone(), winner.buyer.clone());
        self.report(CallEvent::Bridged { contract, buyer });
        self.record.winner = Some(winner);
        if let Some(bill) = self.record.bill(talk) {
            self.tell_sale(sale::Input::Billed(id, bill), now);
        }
    }

    /// Passes the hints about a won wave to the sale: which legs had answered, and which had ended
    /// unanswered. Of the other legs, the sale knows only that another won.
    fn tell_hints(&mut self, winner: AttemptId, now: Now) {
        let hints = |leg: &Leg| (leg.id, leg.answered_at.is_some(), leg.hinted());
        let hints: Vec<_> = self.legs.iter().map(hints).collect();
        for (id, answered, hinted) in hints {
            let lost = hinted.filter(|_| !answered && id != winner);
            match lost.filter(|outcome| *outcome != Outcome::Canceled) {
                Some(outcome) => self.tell_sale(sale::Input::Lost(id, Loss::new(outcome)), now),
                None => self.tell_answer(id),
            }
        }
    }

    /// Passes the time at which a leg's buyer answered to the sale, if the carrier reported it.
    fn tell_answer(&mut self, id: AttemptId) {
        let answered_at = self.leg(id).and_then(|leg| leg.answered_at);
        if let Some(at) = answered_at {
            self.sale.answered(id, None, Now::from_origin(self.record.started_at, at));
        }
    }

    /// Ends a wave that no leg won; the next wave follows.
    fn lose_wave(&mut self, result: Option<&DialResult>, now: Now) {
        let because = match result.map(|result| result.status) {
            // A leg answered, was gone before the bridge, and cost the others the call.
            Some(DialStatus::Completed | DialStatus::Answered) => CanceledBecause::AnotherWon,
            // A carrier cancels a dial when the caller hangs up, but may report the hang-up later.
            Some(
                DialStatus::Busy | DialStatus::NoAnswer | DialStatus::Failed | DialStatus::Canceled,
            )
            | None => CanceledBecause::CallerLeft,
        };
        for (id, outcome) in self.losses(result) {
            if outcome == Outcome::Canceled {
                self.tell_sale(sale::Input::Canceled(id, because), now);
            } else {
                self.tell_answer(id);
                self.tell_sale(sale::Input::Lost(id, Loss::new(outcome)), now);
            }
        }
    }

    /// Ends a wave that no leg won, in a call that ends. Leaves canceled legs to the end of the
    /// call, which states why.
    fn lose_and_leave(&mut self, result: Option<&DialResult>, now: Now) {
        let mut losses = self.losses(result);
        losses.retain(|(_, outcome)| *outcome != Outcome::Canceled);
        for (id, outcome) in losses {
            self.tell_answer(id);
            self.sale.lose(id, Loss::new(outcome), now);
        }
    }

    /// Returns how the legs of a wave ended that no leg won.
    fn losses(&self, result: Option<&DialResult>) -> Vec<(AttemptId, Outcome)> {
        let alone = self.legs.len() == 1;
        let loss = |leg: &Leg| {
            let whole = result.map_or(Outcome::NoAnswer, |result| outcome_of(result, leg));
            (leg.id, leg.hinted().filter(|_| !alone).unwrap_or(whole))
        };
        self.legs.iter().map(loss).collect()
    }
}

/// Returns whether the carrier bridged the caller and a buyer.
pub(super) fn is_connected(result: &DialResult) -> bool {
    let lasted = result.duration.is_none_or(|connected| !connected.is_zero());
    match (result.bridged, result.status) {
        (Bridged::Yes, _) => true,
        (Bridged::No, _) => false,
        (Bridged::Unreported, DialStatus::Completed | DialStatus::Answered) => lasted,
        (
            Bridged::Unreported,
            DialStatus::Busy | DialStatus::NoAnswer | DialStatus::Failed | DialStatus::Canceled,
        ) => false,
    }
}

/// Returns the outcome of an attempt, according to the result of the dial.
fn outcome_of(result: &DialResult, leg: &Leg) -> Outcome {
    match result.status {
        DialStatus::Busy => Outcome::Busy,
        DialStatus::NoAnswer => Outcome::NoAnswer,
        DialStatus::Failed => Outcome::Failed,
        DialStatus::Canceled => Outcome::Canceled,
        DialStatus::Completed | DialStatus::Answered => match leg.answered_by {
            Some(AnsweredBy::Machine) => Outcome::Machine,
            Some(AnsweredBy::Human) | None => Outcome::NotAccepted,
        },
    }
}

/// Returns the connected time: the whole seconds that the carrier counts from the buyer's answer,
/// less the whisper and the time until the key, and at most the time since the key.
fn connected_time(leg: &Leg, connected: Option<Duration>, now: Now) -> Duration {
    let since = |begun| now.wall.since(begun);
    let counted = connected.or(leg.lasted);
    match (leg.answered_at, leg.accepted_at) {
        (Some(_), Some(accepted)) if leg.destination.has_gate() => {
            let gate = gate_time(leg);
            let counted = counted.map(|counted| counted.saturating_sub(gate));
            counted.map_or(since(accepted), |counted| counted.min(since(accepted)))
        }
        (answered, accepted) => {
            let begun = answered.or(accepted);
            counted.or(begun.map(since)).unwrap_or_default()
        }
    }
}

/// Returns the time from the buyer's answer to its acceptance; zero if the carrier reported no
/// answer, or the connected time includes it.
fn gate_time(leg: &Leg) -> Duration {
    match (leg.answered_at, leg.accepted_at) {
        (Some(answered), Some(accepted)) if leg.destination.has_gate() => accepted.since(answered),
        (Some(_) | None, Some(_) | None) => Duration::ZERO,
    }
}
