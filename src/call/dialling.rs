//! One buyer's leg: dialled, tried by another way, refused, called off, forgotten.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::Now;
use crate::base::Outcome;
use crate::book::Target;
use crate::caps::Settle;
use crate::sdp;
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
use super::attempt::Errand;
use super::attempt::Failed;
use super::attempt::State;
use super::attempt::Way;
use super::attempt::is_gateway_fault;
use super::attempt::millis;
use super::attempt::outcome_of;
use super::input::Route;
use super::machine::Stage;
use super::record::AttemptRecord;
use super::record::DialRecord;
use super::ringing::Race;

impl Machine {
    pub(super) fn on_prepared(&mut self, leg: SessionId, route: Route, now: Now) {
        let Stage::Ringing(Race::Running(running)) = &self.stage else {
            return self.forget(leg);
        };
        let until = now.mono + running.ring_timeout;
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let State::AwaitRoute { way } = attempt.state else { return self.forget(leg) };
        let local = sdp::Local { address: route.local, session: leg.0 >> 1, version: 1 };
        attempt.state = State::AwaitAnswer { dialled: Dialled { at: now.mono, until, local, way } };
        if let Way::First = way {
            let row = row(attempt, now);
            self.tell(match &row {
                Row::Attempt(row) => {
                    Story::Dialled { contract: row.contract.clone(), wave: row.wave }
                }
                Row::Dial(row) => Story::Transfer { to: row.to.clone() },
            });
            self.open_row(row);
            self.attempted();
        }
        let dial = self.invitation(leg, route, &local);
        self.command(Command::Dial(Box::new(dial)));
    }

    /// No socket, or no address: the buyer cannot be rung, which is no fault of the caller. When
    /// other addresses were tried before, how the last of them failed says more.
    pub(super) fn on_unprepared(&mut self, leg: SessionId, now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        if let State::AwaitRoute { way } = attempt.state {
            let id = attempt.id;
            match way {
                Way::First => {
                    let row = row(attempt, now);
                    self.open_row(row);
                    self.conclude(id, Outcome::Failed, None, Duration::ZERO);
                }
                Way::Next { failed, .. } => self.conclude_failed(id, failed),
            }
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
            sip::Event::Confirmed { session, body } => self.on_reanswered(session, body),
            sip::Event::Digit { session, digit } => self.on_digit(session, digit, now),
            sip::Event::Incoming(_) | sip::Event::Canceled { .. } => {}
        }
    }

    fn on_buyer_rings(&mut self, leg: SessionId, now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        let State::AwaitAnswer { dialled } = attempt.state else { return };
        let id = attempt.id;
        let contract = match &attempt.errand {
            Errand::Sale(pick) => Some(pick.contract.clone()),
            Errand::Fixed { .. } => None,
        };
        let post_dial_delay_ms = millis(now.mono.since(dialled.at));
        let Some(row) = self.row_mut(id) else { return };
        if row.post_dial_delay_ms.is_none() {
            *row.post_dial_delay_ms = Some(post_dial_delay_ms);
            if let Some(contract) = contract {
                self.tell(Story::Ringing { contract, post_dial_delay_ms });
            }
        }
        self.ring_caller();
    }

    fn on_buyer_refused(&mut self, leg: SessionId, cause: Refusal, now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        let id = attempt.id;
        match attempt.state {
            State::AwaitAnswer { dialled } => {
                let failed = Failed { cause, rang: now.mono.since(dialled.at) };
                let has_ways = matches!(attempt.destination.to, Target::Phone { .. });
                if has_ways && is_gateway_fault(cause) {
                    return self.try_next_way(leg, dialled.way.after(failed));
                }
                let (outcome, _) = outcome_of(cause);
                self.settle(leg, lost_by(outcome));
                self.conclude_failed(id, failed);
            }
            State::Ending => self.correct(id, cause),
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
    fn try_next_way(&mut self, leg: SessionId, way: Way) {
        let Some(mut attempt) = self.attempts.remove(&leg) else { return };
        self.order(MediaOrder::Close { leg });
        let leg = SessionId::random(&mut self.rng);
        let destination = attempt.destination.clone();
        attempt.state = State::AwaitRoute { way };
        self.attempts.insert(leg, attempt);
        self.push(Output::Prepare { leg, destination, way: way.place() });
    }

    /// Ends an attempt that has not been bridged, in the way that its state asks for; its units go
    /// back. A buyer who had answered has lost the race or has not accepted, whatever `outcome` is
    /// for those who had not.
    pub(super) fn call_off(&mut self, leg: SessionId, outcome: Outcome, why: CancelWhy, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let id = attempt.id;
        let mut how = Settle::Release;
        match std::mem::replace(&mut attempt.state, State::Ending) {
            State::AwaitHold => {
                // Its hold may be granted yet: [`Machine::on_held`] gives it back then.
                attempt.state = State::CalledOff;
                return;
            }
            State::AwaitRoute { way } => {
                attempt.state = State::CalledOff;
                match way {
                    Way::First => {}
                    Way::Next { failed, .. } => self.conclude_failed(id, failed),
                }
            }
            State::AwaitAnswer { dialled } => {
                how = lost_by(outcome);
                self.command(Command::Cancel { session: leg, why });
                self.conclude(id, outcome, None, now.mono.since(dialled.at));
            }
            State::AwaitAccept { .. } => {
                self.command(Command::Bye { session: leg, cause: None });
                let outcome = match why {
                    CancelWhy::CompletedElsewhere => Outcome::LostRace,
                    CancelWhy::Plain => Outcome::NotAccepted,
                };
                self.conclude_answered(id, outcome);
            }
            State::Won { .. } => {
                self.command(Command::Bye { session: leg, cause: None });
                self.conclude_answered(id, outcome);
            }
            before @ (State::CalledOff | State::Ending) => {
                attempt.state = before;
                return;
            }
        }
        self.settle(leg, how);
    }

    /// Ends a leg's hold, once; a commitment leaves it to be ended.
    pub(super) fn settle(&mut self, leg: SessionId, how: Settle) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let hold = match how {
            Settle::Commit => attempt.hold,
            Settle::Release | Settle::End | Settle::Unbilled | Settle::Unanswered => {
                attempt.hold.take()
            }
        };
        if let Some(hold) = hold {
            self.push(Output::Settle { hold, how });
        }
    }

    /// Drops a leg that has said its last word. A hold that it still has goes back.
    pub(super) fn forget(&mut self, leg: SessionId) {
        self.settle(leg, Settle::Release);
        if self.attempts.remove(&leg).is_some() {
            self.order(MediaOrder::Close { leg });
        }
    }

    /// What is known is written before the buyer of the latest attempt is dialled.
    fn attempted(&mut self) {
        let made = self.decisions.get(self.decisions_written..);
        let decisions = made.map(<[_]>::to_vec).unwrap_or_default();
        self.decisions_written = self.decisions.len();
        let attempts = self.record.attempts.clone();
        self.push(Output::Attempted { attempts, decisions });
    }

    fn open_row(&mut self, row: Row) {
        match row {
            Row::Attempt(row) => self.record.attempts.push(row),
            Row::Dial(row) => self.record.dials.push(row),
        }
    }

    /// An attempt's row in the record; there is one from its first INVITE on.
    pub(super) fn row_mut(&mut self, id: AttemptId) -> Option<Outcomes<'_>> {
        let attempt = self.record.attempts.iter_mut().find(|row| row.id == id);
        let attempt = attempt.map(|row| Outcomes {
            contract: Some(&row.contract),
            outcome: &mut row.outcome,
            sip_status: &mut row.sip_status,
            ring_ms: &mut row.ring_ms,
            post_dial_delay_ms: &mut row.post_dial_delay_ms,
        });
        attempt.or_else(|| {
            let dial = self.record.dials.iter_mut().find(|row| row.id == id);
            dial.map(|row| Outcomes {
                contract: None,
                outcome: &mut row.outcome,
                sip_status: &mut row.sip_status,
                ring_ms: &mut row.ring_ms,
                post_dial_delay_ms: &mut row.post_dial_delay_ms,
            })
        })
    }

    /// Writes how an attempt ended, once.
    pub(super) fn conclude(
        &mut self,
        id: AttemptId,
        outcome: Outcome,
        status: Option<u16>,
        rang: Duration,
    ) {
        let Some(row) = self.row_mut(id).filter(|row| row.outcome.is_none()) else { return };
        let contract = row.contract.cloned();
        *row.outcome = Some(outcome);
        *row.sip_status = status;
        *row.ring_ms = millis(rang);
        self.tell(match contract {
            Some(contract) => Story::Attempt { contract, outcome, status },
            None => Story::Transferred { outcome, status },
        });
    }

    fn conclude_failed(&mut self, id: AttemptId, failed: Failed) {
        let (outcome, status) = outcome_of(failed.cause);
        self.conclude(id, outcome, status, failed.rang);
    }

    /// The same for a leg that had answered: its ring time is known already.
    pub(super) fn conclude_answered(&mut self, id: AttemptId, outcome: Outcome) {
        let rang = self.row_mut(id).map_or(0, |row| *row.ring_ms);
        self.conclude(id, outcome, Some(200), Duration::from_millis(rang));
    }

    /// A leg that was called off turns out to have answered or refused at that moment. Without a
    /// winner no race was lost.
    pub(super) fn correct(&mut self, id: AttemptId, cause: Refusal) {
        let decided = self.has_winner();
        let Some(row) = self.row_mut(id) else { return };
        if *row.outcome != Some(Outcome::Canceled) {
            return;
        }
        let (outcome, status) = outcome_of(cause);
        *row.sip_status = status;
        if outcome != Outcome::LostRace || decided {
            *row.outcome = Some(outcome);
        }
    }
}

/// A row that is to be opened.
enum Row {
    Attempt(AttemptRecord),
    Dial(DialRecord),
}

/// What a row says of how its leg fared.
pub(super) struct Outcomes<'a> {
    /// None for a fixed destination.
    contract: Option<&'a ContractId>,
    pub(super) outcome: &'a mut Option<Outcome>,
    sip_status: &'a mut Option<u16>,
    pub(super) ring_ms: &'a mut u64,
    post_dial_delay_ms: &'a mut Option<u64>,
}

fn row(attempt: &Attempt, now: Now) -> Row {
    match &attempt.errand {
        Errand::Sale(pick) => {
            Row::Attempt(AttemptRecord::begun(attempt.id, pick, attempt.wave, now.wall))
        }
        Errand::Fixed { to, .. } => Row::Dial(DialRecord::begun(attempt.id, to.clone(), now.wall)),
    }
}

/// How the hold of an attempt ends that came to nothing.
pub(crate) fn lost_by(outcome: Outcome) -> Settle {
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
