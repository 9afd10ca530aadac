//! The race for a call: picks are rung one after the other, or in waves; the first accepted
//! answer wins, in this one machine, so that there is never a second winner.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Skip;
use crate::book::Ring;
use crate::book::Target;
use crate::caps::Settle;
use crate::routing::Decision;
use crate::routing::Pick;
use crate::sip;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Refusal;
use crate::sip::SessionId;

use super::Machine;
use super::MediaOrder;
use super::Output;
use super::Story;
use super::attempt::Attempt;
use super::attempt::Dialled;
use super::attempt::State;
use super::attempt::is_gateway_fault;
use super::attempt::millis;
use super::attempt::outcome_of;
use super::input::Route;
use super::machine::Stage;
use super::record::AttemptRecord;

/// Most buyers that one call rings, over all its decisions.
const ATTEMPTS_MAX: usize = 50;

/// A race under way.
#[derive(Debug)]
pub(super) enum Race {
    /// The decision is awaited.
    AwaitDecision,
    /// Buyers are being rung.
    Running(Running),
    /// Somebody accepted; the caller's audio path is awaited.
    Won(SessionId),
}

/// Buyers being rung.
#[derive(Debug)]
pub(super) struct Running {
    /// The picks that nobody has tried yet, in order.
    picks: VecDeque<Pick>,
    /// Attempts of one wave that may ring at once.
    width: usize,
    ring_timeout: Duration,
    wave: u32,
}

impl Machine {
    /// Asks for a decision; the caller hears ringing meanwhile.
    pub(super) fn begin_routing(&mut self) {
        self.stage = Stage::Ringing(Race::AwaitDecision);
        if self.caller.is_talking() {
            self.hush();
            let leg = self.caller.session;
            self.order(MediaOrder::Ringback { leg });
        }
        self.push(Output::Decide(self.inquiry()));
    }

    pub(super) fn on_decided(&mut self, decision: Decision, now: Now) {
        if !matches!(self.stage, Stage::Ringing(Race::AwaitDecision)) {
            return;
        }
        self.tell(Story::Decided(Box::new(decision.clone())));
        self.record.decision_id = Some(decision.id);
        let width = match decision.ring {
            Ring::Sequential => 1,
            Ring::Simultaneous { width } => usize::from(width),
        };
        let picks = decision.picks().collect();
        let ring_timeout = decision.ring_timeout;
        self.decisions.push(decision);
        self.ring(picks, width, ring_timeout, now);
    }

    /// Rings picks, `width` at once.
    pub(super) fn ring(
        &mut self,
        picks: VecDeque<Pick>,
        width: usize,
        ring_timeout: Duration,
        now: Now,
    ) {
        let wave = self.record.attempts.last().map_or(0, |row| row.wave);
        let running = Running { picks, width, ring_timeout, wave };
        self.stage = Stage::Ringing(Race::Running(running));
        self.next_wave(now);
    }

    /// Starts the next wave when nobody of the last one can win any more.
    pub(super) fn next_wave(&mut self, now: Now) {
        if self.attempts.values().any(Attempt::is_open) {
            return;
        }
        let Stage::Ringing(Race::Running(running)) = &mut self.stage else { return };
        running.wave += 1;
        for _ in 0..running.width {
            self.try_next_pick(now);
        }
        if !self.attempts.values().any(Attempt::is_open) {
            self.on_nobody(now);
        }
    }

    /// Asks for a hold for the next pick, in the wave that rings now.
    fn try_next_pick(&mut self, now: Now) {
        let Stage::Ringing(Race::Running(running)) = &mut self.stage else { return };
        let tried = self.record.attempts.len() + self.attempts.len();
        if tried >= ATTEMPTS_MAX {
            running.picks.clear();
        }
        let wave = running.wave;
        let Some(pick) = running.picks.pop_front() else { return };
        let Some(destination) = pick.destination.clone() else { return };
        let leg = SessionId::random(&mut self.rng);
        let id = AttemptId::new(now, &mut self.rng);
        let hold = HoldId::new(now, &mut self.rng);
        let state = State::AwaitHold;
        let attempt = Attempt { id, pick: pick.clone(), destination, hold, wave, state };
        self.attempts.insert(leg, attempt);
        self.push(Output::Hold { leg, hold, pick: Box::new(pick) });
    }

    pub(super) fn on_held(&mut self, leg: SessionId, result: Result<(), Skip>, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let awaited = matches!(attempt.state, State::AwaitHold);
        let contract = attempt.pick.contract.clone();
        let hold = attempt.hold;
        match result {
            Ok(()) if awaited => {
                attempt.state = State::AwaitRoute { way: 0 };
                let destination = attempt.destination.clone();
                self.push(Output::Prepare { leg, destination, way: 0 });
            }
            Ok(()) => {
                self.push(Output::Settle { hold, how: Settle::Release });
                self.attempts.remove(&leg);
            }
            Err(cap) => {
                self.attempts.remove(&leg);
                if awaited {
                    self.tell(Story::CapFull { contract, cap });
                    self.try_next_pick(now);
                    self.next_wave(now);
                }
            }
        }
    }

    pub(super) fn on_prepared(&mut self, leg: SessionId, route: Route, now: Now) {
        let Stage::Ringing(Race::Running(running)) = &self.stage else {
            return self.forget(leg);
        };
        let until = now.mono + running.ring_timeout;
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let State::AwaitRoute { way } = attempt.state else { return self.forget(leg) };
        let local = crate::sdp::Local { address: route.local, session: leg.0 >> 1, version: 1 };
        let dialled = Dialled { at: now.mono, until, local, way };
        attempt.state = State::AwaitAnswer { dialled };
        if way == 0 {
            let row = row(attempt, now);
            let (contract, wave) = (row.contract.clone(), row.wave);
            self.record.attempts.push(row);
            self.tell(Story::Dialled { contract, wave });
        }
        let dial = self.invitation(leg, route, &local);
        self.command(Command::Dial(Box::new(dial)));
    }

    /// No socket or no address: the buyer cannot be rung, which is no fault of the caller.
    pub(super) fn on_unprepared(&mut self, leg: SessionId, now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        if let State::AwaitRoute { way } = attempt.state {
            let (id, hold) = (attempt.id, attempt.hold);
            if way == 0 {
                let row = row(attempt, now);
                self.record.attempts.push(row);
            }
            self.push(Output::Settle { hold, how: Settle::Release });
            self.conclude(id, Outcome::Failed, None, Duration::ZERO);
        }
        self.forget(leg);
        self.next_wave(now);
    }

    pub(super) fn on_buyer(&mut self, leg: SessionId, event: sip::Event, now: Now) {
        match event {
            sip::Event::Ringing { .. } => self.on_buyer_rings(leg, now),
            sip::Event::Answered { body, .. } => {
                self.on_buyer_answered(leg, &body.unwrap_or_default(), now);
            }
            sip::Event::Refused { cause, .. } => self.on_buyer_refused(leg, cause, now),
            sip::Event::Ended { how, .. } => self.on_buyer_ended(leg, how, now),
            sip::Event::Reoffered { session, body } => self.on_reoffered(session, body),
            sip::Event::Digit { session, digit } => self.on_digit(session, digit, now),
            sip::Event::Incoming(_)
            | sip::Event::Canceled { .. }
            | sip::Event::Confirmed { .. } => {}
        }
    }

    fn on_buyer_rings(&mut self, leg: SessionId, now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        let State::AwaitAnswer { dialled } = &attempt.state else { return };
        let (id, contract) = (attempt.id, attempt.pick.contract.clone());
        let post_dial_delay_ms = millis(now.mono.since(dialled.at));
        let Some(row) = self.record.attempts.iter_mut().find(|row| row.id == id) else { return };
        if row.post_dial_delay_ms.is_none() {
            row.post_dial_delay_ms = Some(post_dial_delay_ms);
            self.tell(Story::Ringing { contract, post_dial_delay_ms });
        }
        self.ring_caller();
    }

    fn on_buyer_refused(&mut self, leg: SessionId, cause: Refusal, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let (id, hold) = (attempt.id, attempt.hold);
        let (outcome, status) = outcome_of(cause);
        match &attempt.state {
            State::AwaitAnswer { dialled } => {
                let rang = now.mono.since(dialled.at);
                let way = dialled.way + 1;
                if is_gateway_fault(cause) && matches!(attempt.destination.to, Target::Phone { .. })
                {
                    return self.try_next_way(leg, way);
                }
                self.push(Output::Settle { hold, how: lost_by(outcome) });
                self.conclude(id, outcome, status, rang);
            }
            State::Ending => self.correct(id, outcome, status),
            State::AwaitHold
            | State::AwaitRoute { .. }
            | State::AwaitAccept { .. }
            | State::Won { .. }
            | State::CalledOff => {}
        }
        self.forget(leg);
        self.next_wave(now);
    }

    /// The same buyer by the trunk's next address, under the same hold.
    fn try_next_way(&mut self, leg: SessionId, way: u32) {
        let Some(mut attempt) = self.attempts.remove(&leg) else { return };
        self.order(MediaOrder::Close { leg });
        let leg = SessionId::random(&mut self.rng);
        let destination = attempt.destination.clone();
        attempt.state = State::AwaitRoute { way };
        self.attempts.insert(leg, attempt);
        self.push(Output::Prepare { leg, destination, way });
    }

    pub(super) fn on_attempt_deadlines(&mut self, now: Now) {
        let due = |attempt: &Attempt| attempt.deadline().is_some_and(|due| now.mono >= due);
        let late: Vec<SessionId> =
            self.attempts.iter().filter(|(_, attempt)| due(attempt)).map(|(leg, _)| *leg).collect();
        for leg in late {
            let gated = self
                .attempts
                .get(&leg)
                .is_some_and(|attempt| matches!(attempt.state, State::AwaitAccept { .. }));
            let outcome = if gated { Outcome::NotAccepted } else { Outcome::NoAnswer };
            self.call_off(leg, outcome, CancelWhy::Plain, now);
        }
        self.next_wave(now);
    }

    /// Somebody accepted: the others are called off, and the caller is answered.
    pub(super) fn win(
        &mut self,
        leg: SessionId,
        dialled: Dialled,
        media: crate::sdp::Media,
        now: Now,
    ) {
        let codec = media.codec;
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        attempt.state = State::Won { dialled, media };
        self.stage = Stage::Ringing(Race::Won(leg));
        let others: Vec<SessionId> =
            self.attempts.keys().copied().filter(|other| *other != leg).collect();
        for other in others {
            self.call_off(other, Outcome::Canceled, CancelWhy::CompletedElsewhere, now);
        }
        self.answer_caller(codec, now);
        self.bridge_when_ready(now);
    }

    /// Ends an attempt that has not won, in the way that its state asks for; its units go back.
    pub(super) fn call_off(&mut self, leg: SessionId, outcome: Outcome, why: CancelWhy, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let (id, hold) = (attempt.id, attempt.hold);
        let state = std::mem::replace(&mut attempt.state, State::Ending);
        let how = match state {
            State::AwaitAnswer { .. } => lost_by(outcome),
            State::AwaitHold
            | State::AwaitRoute { .. }
            | State::AwaitAccept { .. }
            | State::Won { .. }
            | State::CalledOff
            | State::Ending => Settle::Release,
        };
        match state {
            State::AwaitHold => {
                attempt.state = State::CalledOff;
                return;
            }
            State::AwaitRoute { .. } => attempt.state = State::CalledOff,
            State::AwaitAnswer { dialled } => {
                self.command(Command::Cancel { session: leg, why });
                self.conclude(id, outcome, None, now.mono.since(dialled.at));
            }
            State::AwaitAccept { .. } => {
                self.command(Command::Bye { session: leg, cause: None });
                let lost = matches!(why, CancelWhy::CompletedElsewhere);
                let outcome = if lost { Outcome::LostRace } else { outcome };
                self.conclude_answered(id, outcome);
            }
            State::Won { .. } => {
                self.command(Command::Bye { session: leg, cause: None });
                self.conclude_answered(id, outcome);
            }
            State::CalledOff | State::Ending => {
                attempt.state = state;
                return;
            }
        }
        self.push(Output::Settle { hold, how });
    }

    /// Drops a leg that has said its last word.
    pub(super) fn forget(&mut self, leg: SessionId) {
        if self.attempts.remove(&leg).is_some() {
            self.order(MediaOrder::Close { leg });
        }
    }

    /// Writes how an attempt ended, once.
    pub(super) fn conclude(
        &mut self,
        id: AttemptId,
        outcome: Outcome,
        status: Option<u16>,
        rang: Duration,
    ) {
        let row = self.record.attempts.iter_mut().find(|row| row.id == id);
        let Some(row) = row.filter(|row| row.outcome.is_none()) else { return };
        row.outcome = Some(outcome);
        row.sip_status = status;
        row.ring_ms = millis(rang);
        let contract = row.contract.clone();
        self.tell(Story::Attempt { contract, outcome, status });
    }

    /// The same for a leg that had answered: its ring time is known already.
    pub(super) fn conclude_answered(&mut self, id: AttemptId, outcome: Outcome) {
        let rang =
            self.record.attempts.iter().find(|row| row.id == id).map_or(0, |row| row.ring_ms);
        self.conclude(id, outcome, Some(200), Duration::from_millis(rang));
    }

    /// A leg that was called off turns out to have answered at that moment.
    fn correct(&mut self, id: AttemptId, outcome: Outcome, status: Option<u16>) {
        let row = self.record.attempts.iter_mut().find(|row| row.id == id);
        let Some(row) = row.filter(|row| row.outcome == Some(Outcome::Canceled)) else { return };
        row.outcome = Some(outcome);
        row.sip_status = status;
    }
}

fn row(attempt: &Attempt, now: Now) -> AttemptRecord {
    AttemptRecord {
        id: attempt.id,
        contract: attempt.pick.contract.clone(),
        buyer: attempt.pick.buyer.clone(),
        wave: attempt.wave,
        outcome: None,
        sip_status: None,
        started_at: now.wall,
        ring_ms: 0,
        post_dial_delay_ms: None,
    }
}

/// How the hold of an attempt ends that came to nothing.
fn lost_by(outcome: Outcome) -> Settle {
    match outcome {
        Outcome::NoAnswer => Settle::Unanswered,
        Outcome::Won
        | Outcome::LostRace
        | Outcome::Busy
        | Outcome::Declined
        | Outcome::Failed
        | Outcome::NotAccepted
        | Outcome::Machine
        | Outcome::Canceled => Settle::Release,
    }
}
