//! The race for a call: picks are rung one after the other, or in waves; the first accepted
//! answer wins, in this one machine, so that there is never a second winner.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Codec;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Skip;
use crate::book::Ring;
use crate::book::Tier;
use crate::caps::Settle;
use crate::flow;
use crate::routing::Decision;
use crate::routing::Pick;
use crate::sip::CancelWhy;
use crate::sip::SessionId;

use super::Machine;
use super::MediaOrder;
use super::Output;
use super::Story;
use super::attempt::Attempt;
use super::attempt::Errand;
use super::attempt::State;
use super::attempt::Way;
use super::machine::Stage;

/// Most buyers and fixed destinations that one call rings, over all its decisions.
pub(crate) const ATTEMPTS_MAX: u32 = 50;

/// How often one call decides again because every hold of a decision was refused: others took the
/// last units in between, and deciding again finds their caps full and later tiers open.
pub(crate) const DECIDED_AGAIN_MAX: u32 = 3;

/// A race under way.
#[derive(Debug)]
pub(super) enum Race {
    /// The decision is awaited.
    AwaitDecision,
    /// Buyers are being rung.
    Running(Running),
    /// Somebody accepted; where the caller's audio goes is not known yet.
    Won(SessionId),
    /// The two can hear each other; the caller's ACK is awaited.
    Connected(SessionId),
}

/// Buyers being rung.
#[derive(Debug)]
pub(super) struct Running {
    /// The picks that nobody has tried yet, in order.
    picks: VecDeque<Pick>,
    /// Attempts of one wave that may ring at once.
    width: usize,
    pub(super) ring_timeout: Duration,
    wave: u32,
    /// The tier that rings: a wave never spans two.
    tier: Tier,
    holds: Holds,
    /// What is done when nobody takes the call.
    otherwise: Otherwise,
}

/// Who has the word when nobody takes the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Otherwise {
    /// The offer's rule for such calls, then the flow.
    Offer,
    /// The flow: it named the destination.
    Flow,
}

impl Running {
    /// One fixed destination, which is being rung already.
    pub(super) fn alone(ring_timeout: Duration) -> Self {
        Self {
            picks: VecDeque::new(),
            width: 1,
            ring_timeout,
            wave: 1,
            tier: Tier::Primary,
            holds: Holds::Granted,
            otherwise: Otherwise::Flow,
        }
    }
}

/// How the holds on a decision's picks went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// None was answered yet.
    Unanswered,
    /// All were refused so far.
    Refused,
    /// One was granted, or they are not of a decision that would be made again.
    Granted,
}

/// How many ring at once: as the flow says, else as the offer does.
pub(crate) fn width_of(ringing: &flow::Ringing, ring: Ring) -> usize {
    let of_offer = match ring {
        Ring::Sequential => 1,
        Ring::Simultaneous { width } => width,
    };
    usize::from(ringing.width.unwrap_or(of_offer))
}

impl Holds {
    /// After one more answer.
    pub(crate) fn after(self, result: &Result<(), Skip>) -> Self {
        match (self, result) {
            (Holds::Granted, _) | (_, Ok(())) => Holds::Granted,
            (Holds::Unanswered | Holds::Refused, Err(_)) => Holds::Refused,
        }
    }
}

impl Machine {
    /// Asks for a decision; the caller hears ringing meanwhile.
    pub(super) fn begin_routing(&mut self) {
        self.stage = Stage::Ringing(Race::AwaitDecision);
        self.record.offer = self.offer.clone();
        if self.caller.is_talking() {
            self.hush();
            let leg = self.caller.session;
            let sound = self.ringing.ringback.clone();
            self.order(MediaOrder::Ringback { leg, sound });
        }
        self.push(Output::Decide(self.inquiry()));
    }

    pub(super) fn on_decided(&mut self, decision: Decision, now: Now) {
        if !matches!(self.stage, Stage::Ringing(Race::AwaitDecision)) {
            return;
        }
        self.tell(Story::Decided(Box::new(decision.clone())));
        self.record.decision_id = Some(decision.id);
        let width = width_of(&self.ringing, decision.ring);
        let picks = decision.picks().collect();
        let ring_timeout = self.ringing.timeout.unwrap_or(decision.ring_timeout);
        self.decisions.push(decision);
        self.ring(picks, width, ring_timeout, Holds::Unanswered, now);
    }

    /// Rings picks, `width` at once.
    pub(super) fn ring(
        &mut self,
        picks: VecDeque<Pick>,
        width: usize,
        ring_timeout: Duration,
        holds: Holds,
        now: Now,
    ) {
        let wave = self.record.attempts.last().map_or(0, |row| row.wave);
        let (tier, otherwise) = (Tier::Primary, Otherwise::Offer);
        let running = Running { picks, width, ring_timeout, wave, tier, holds, otherwise };
        self.stage = Stage::Ringing(Race::Running(running));
        self.next_wave(now);
    }

    /// Starts the next wave when nobody of the last one can win any more; without one, nobody
    /// takes the call.
    pub(super) fn next_wave(&mut self, now: Now) {
        if self.attempts.values().any(Attempt::is_open) {
            return;
        }
        let Stage::Ringing(Race::Running(running)) = &mut self.stage else { return };
        let Some(first) = running.picks.front().filter(|_| self.tried < ATTEMPTS_MAX) else {
            return match running.otherwise {
                Otherwise::Offer => self.on_none_left(now),
                Otherwise::Flow => self.on_not_dialled(now),
            };
        };
        running.wave += 1;
        running.tier = first.tier;
        for _ in 0..running.width {
            self.try_next_pick(now);
        }
        // A pick without a destination asks for no hold.
        self.next_wave(now);
    }

    /// No pick is left. When nobody was rung, since others had taken the last units in between,
    /// it is decided again.
    fn on_none_left(&mut self, now: Now) {
        let Stage::Ringing(Race::Running(running)) = &self.stage else { return };
        match (running.holds, self.decided_again.checked_add(1)) {
            (Holds::Refused, Some(again)) if again <= DECIDED_AGAIN_MAX => {
                self.decided_again = again;
                self.stage = Stage::Ringing(Race::AwaitDecision);
                self.push(Output::Decide(self.inquiry()));
            }
            (Holds::Unanswered | Holds::Refused | Holds::Granted, _) => self.on_nobody(now),
        }
    }

    /// Asks for a hold for the next pick, in the wave that rings now.
    fn try_next_pick(&mut self, now: Now) {
        let Stage::Ringing(Race::Running(running)) = &mut self.stage else { return };
        if self.tried >= ATTEMPTS_MAX {
            return;
        }
        let (wave, tier) = (running.wave, running.tier);
        let Some(pick) = running.picks.pop_front_if(|pick| pick.tier == tier) else { return };
        let Some(destination) = pick.destination.clone() else { return };
        let leg = SessionId::random(&mut self.rng);
        let id = AttemptId::new(now, &mut self.rng);
        let hold = HoldId::new(now, &mut self.rng);
        let (pick, state) = (Box::new(pick), State::AwaitHold);
        let errand = Errand::Sale(pick.clone());
        let attempt = Attempt { id, errand, destination, hold: Some(hold), wave, state };
        self.attempts.insert(leg, attempt);
        self.tried += 1;
        self.push(Output::Hold { leg, hold, pick });
    }

    /// A hold's answer: a pick whose cap is full leaves its place in the wave to the next one.
    pub(super) fn on_held(&mut self, leg: SessionId, result: Result<(), Skip>, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let awaited = matches!(attempt.state, State::AwaitHold);
        if let Stage::Ringing(Race::Running(running)) = &mut self.stage {
            running.holds = running.holds.after(&result);
        }
        match result {
            Ok(()) if awaited => {
                attempt.state = State::AwaitRoute { way: Way::First };
                let destination = attempt.destination.clone();
                self.push(Output::Prepare { leg, destination, way: 0 });
            }
            Ok(()) => {
                self.settle(leg, Settle::Release);
                self.attempts.remove(&leg);
            }
            Err(cap) => {
                let attempt = self.attempts.remove(&leg);
                self.tried -= 1;
                if awaited {
                    if let Some(Errand::Sale(pick)) = attempt.map(|attempt| attempt.errand) {
                        self.tell(Story::CapFull { contract: pick.contract, cap });
                    }
                    self.try_next_pick(now);
                    self.next_wave(now);
                }
            }
        }
    }

    /// Ends rings and gates that have lasted long enough.
    pub(super) fn on_attempt_deadlines(&mut self, now: Now) {
        let due = |attempt: &Attempt| attempt.deadline().is_some_and(|due| now.mono >= due);
        let late: Vec<SessionId> =
            self.attempts.iter().filter(|(_, attempt)| due(attempt)).map(|(leg, _)| *leg).collect();
        for leg in late {
            self.call_off(leg, Outcome::NoAnswer, CancelWhy::Plain, now);
        }
        self.next_wave(now);
    }

    /// Somebody accepted: the others are called off, and the caller is answered.
    pub(super) fn win(&mut self, leg: SessionId, local: crate::sdp::Local, codec: Codec, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        attempt.state = State::Won { local };
        self.stage = Stage::Ringing(Race::Won(leg));
        let others: Vec<SessionId> =
            self.attempts.keys().copied().filter(|other| *other != leg).collect();
        for other in others {
            self.call_off(other, Outcome::Canceled, CancelWhy::CompletedElsewhere, now);
        }
        self.answer_caller(codec, now);
        self.bridge_when_ready(now);
    }

    /// Whether the race is decided.
    pub(super) fn has_winner(&self) -> bool {
        match &self.stage {
            Stage::Ringing(Race::Won(_) | Race::Connected(_)) | Stage::Bridged { .. } => true,
            Stage::Ringing(Race::AwaitDecision | Race::Running(_)) => false,
            Stage::Asking | Stage::Farewell | Stage::Over | Stage::Done => false,
        }
    }
}
