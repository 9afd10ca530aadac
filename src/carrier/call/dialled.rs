//! The carrier has carried a `<Dial>` out: who won, and what follows.
//!
//! The action's parameters are the truth; states of legs that were told on the way are hints.
//! `DialCallStatus=completed` alone is no win: a machine that answers a whisper completes as well.

use std::time::Duration;

use crate::base::End;
use crate::base::Now;
use crate::base::Outcome;
use crate::billing::settled;
use crate::book::Accept;
use crate::call::EndedBy;
use crate::call::Story;
use crate::call::Winner;
use crate::caps::Settle;

use super::Call;
use super::Output;
use super::leg::Leg;
use super::machine::Line;
use super::machine::Stage;
use super::ringing::Race;
use super::ringing::target;
use crate::carrier::AnsweredBy;
use crate::carrier::Bridged;
use crate::carrier::CallState;
use crate::carrier::CarrierCallId;
use crate::carrier::DialResult;
use crate::carrier::DialStatus;
use crate::carrier::Request;

/// Who took the call.
enum Won {
    /// The leg in this place.
    Leg(usize),
    /// Somebody, but nobody can say who.
    Unknown,
    Nobody,
}

impl Call {
    /// A dial's end. When it names a leg of several of which nobody has told whose it is, the
    /// carrier is asked first.
    pub(super) fn on_dialled(&mut self, request: &Request, now: Now) {
        let unplaced = match (&self.stage, &request.dial) {
            (Stage::Dialling(race), Some(result)) if is_connected(result) => {
                self.unplaced_leg(race, result)
            }
            _otherwise => None,
        };
        match unplaced {
            Some(leg) => {
                self.unplaced = Some(Box::new(request.clone()));
                self.push(Output::FindLeg(leg));
            }
            None => self.conclude_dialled(request, now),
        }
    }

    fn unplaced_leg(&self, race: &Race, result: &DialResult) -> Option<CarrierCallId> {
        let named = result.child.clone().filter(|_| race.legs.len() > 1)?;
        let mut legs = race.legs.iter().filter_map(|place| self.legs.get(*place));
        (!legs.any(|leg| leg.child.as_ref() == Some(&named))).then_some(named)
    }

    /// The carrier has said whom the leg was rung for.
    pub(super) fn on_leg_found(&mut self, to: Option<&str>, now: Now) {
        let Some(request) = self.unplaced.take() else { return };
        let child = request.dial.as_ref().and_then(|result| result.child.clone());
        if let (Stage::Dialling(race), Some(to)) = (&self.stage, to) {
            let is_it = |leg: &Leg| target(&leg.destination).is_written(to);
            let mut found = race.legs.iter().copied();
            let place = found.find(|place| self.legs.get(*place).is_some_and(is_it));
            if let Some(leg) = place.and_then(|place| self.legs.get_mut(place)) {
                leg.child = child;
            }
        }
        self.conclude_dialled(&request, now);
    }

    fn conclude_dialled(&mut self, request: &Request, now: Now) {
        let before = std::mem::replace(&mut self.stage, Stage::Over);
        let Stage::Dialling(race) = before else {
            self.stage = before;
            return self.turn_away();
        };
        let gone = request.state.is_some_and(CallState::is_final) || self.caller_gone.is_some();
        let result = request.dial.as_ref();
        match result.map_or(Won::Nobody, |result| self.won(&race, result)) {
            Won::Leg(place) => {
                let connected = result.and_then(|result| result.duration);
                let by = if gone { EndedBy::Caller } else { EndedBy::Buyer };
                self.win(place, &race, connected, now);
                self.part(by, End::Bridged, now);
            }
            Won::Unknown => {
                self.lose(&race, result, now);
                self.part(EndedBy::Switch, End::NoContract, now);
            }
            Won::Nobody if gone => {
                self.lose(&race, result, now);
                self.part(EndedBy::Caller, End::Abandoned, now);
            }
            Won::Nobody => {
                self.lose(&race, result, now);
                self.next_wave(race, now);
            }
        }
    }

    /// Who took the call, by what the carrier says of the dial as a whole.
    fn won(&self, race: &Race, result: &DialResult) -> Won {
        if !is_connected(result) {
            return Won::Nobody;
        }
        let Some(place) = self.answering_leg(race, result) else { return Won::Unknown };
        let accepted = self.legs.get(place).is_some_and(|leg| self.is_accepted(leg, result));
        if accepted { Won::Leg(place) } else { Won::Nobody }
    }

    /// The leg that the result is about: the one whose id it names, else the only one there was,
    /// else the only one that accepted or was told to have answered.
    fn answering_leg(&self, race: &Race, result: &DialResult) -> Option<usize> {
        let leg = |place: &&usize| self.legs.get(**place);
        let only = |test: &dyn Fn(&Leg) -> bool| {
            let mut found = race.legs.iter().filter(|place| leg(place).is_some_and(test));
            found.next().copied().filter(|_| found.next().is_none())
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
            // Where the carrier itself asks for the key, it says when the two were joined.
            Accept::Press1 => leg.accepted_at.is_some() || self.is_told_joined(result),
        }
    }

    fn is_told_joined(&self, result: &DialResult) -> bool {
        !self.carrier.whispers_by_noun() && result.bridged == Bridged::Yes
    }

    /// Bills the winner, and lets everybody else of the wave go.
    pub(super) fn win(&mut self, place: usize, race: &Race, connected: Option<Duration>, now: Now) {
        for other in race.legs.iter().copied().filter(|other| *other != place) {
            let Some(leg) = self.legs.get(other) else { continue };
            let outcome = match (leg.answered_at, leg.hinted()) {
                (Some(_), _) => Outcome::LostRace,
                (None, Some(told)) => told,
                (None, None) => Outcome::Canceled,
            };
            self.let_go(other, outcome, now);
        }
        let Some(leg) = self.legs.get(place) else { return };
        let (id, pick, rang) = (leg.id, leg.pick.clone(), rang(leg, now));
        let talk = talk_of(leg, connected, now);
        self.conclude(id, Outcome::Won, rang);
        self.record.bridged_at = Some(now.wall - talk);
        if self.line == Line::Unanswered {
            self.line = Line::Answered;
            self.record.answered_at = self.record.bridged_at;
        }
        self.record.winner = Some(Winner {
            contract: pick.contract.clone(),
            buyer: pick.buyer.clone(),
            price: pick.price,
            buffer: pick.buffer,
            payout: self.source_payout,
        });
        self.tell(Story::Bridged { contract: pick.contract, buyer: pick.buyer });
        self.settle(place, Settle::Commit);
        self.record.bill(talk);
        self.settle(place, settled(self.record.billable));
    }

    /// Concludes a wave that nobody won.
    fn lose(&mut self, race: &Race, result: Option<&DialResult>, now: Now) {
        let alone = race.legs.len() == 1;
        for place in race.legs.iter().copied() {
            let Some(leg) = self.legs.get(place) else { continue };
            let whole = result.map_or(Outcome::NoAnswer, |result| outcome_of(result, leg));
            let outcome = match leg.hinted() {
                Some(told) if !alone => told,
                Some(_) | None => whole,
            };
            self.let_go(place, outcome, now);
        }
    }

    fn let_go(&mut self, place: usize, outcome: Outcome, now: Now) {
        let Some(leg) = self.legs.get(place) else { return };
        let (id, rang) = (leg.id, rang(leg, now));
        self.conclude(id, outcome, rang);
        self.settle(place, crate::call::lost_by(outcome));
    }
}

/// Whether caller and buyer were joined.
pub(super) fn is_connected(result: &DialResult) -> bool {
    let lasted = result.duration.is_none_or(|connected| !connected.is_zero());
    match (result.bridged, result.status) {
        (Bridged::Yes, _) => true,
        (Bridged::No, _) => false,
        (Bridged::Untold, DialStatus::Completed | DialStatus::Answered) => lasted,
        (
            Bridged::Untold,
            DialStatus::Busy | DialStatus::NoAnswer | DialStatus::Failed | DialStatus::Canceled,
        ) => false,
    }
}

/// How an attempt ended, by what is said of the dial as a whole.
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

/// How long the two talked. The carrier counts whole seconds from the buyer's answer; the whisper
/// and the time to the key, which are ours to know, come off, and nobody talks longer than the time
/// since the key.
fn talk_of(leg: &Leg, connected: Option<Duration>, now: Now) -> Duration {
    let since = |begun| now.wall.since(begun);
    let counted = connected.or(leg.lasted);
    match (leg.answered_at, leg.accepted_at) {
        (Some(answered), Some(accepted)) if leg.destination.has_gate() => {
            let gate = accepted.since(answered);
            let counted = counted.map(|counted| counted.saturating_sub(gate));
            counted.map_or(since(accepted), |counted| counted.min(since(accepted)))
        }
        (answered, accepted) => {
            let begun = answered.or(accepted);
            counted.or(begun.map(since)).unwrap_or_default()
        }
    }
}

fn rang(leg: &Leg, now: Now) -> Duration {
    leg.answered_at.unwrap_or(now.wall).since(leg.dialled_at)
}
