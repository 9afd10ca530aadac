//! Outcomes of attempts: accepted, delivered, lost, canceled.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Rng;
use crate::billing::Bill;
use crate::billing::settled;
use crate::caps::Settle;

use super::AttemptRecord;
use super::Event;
use super::Loss;
use super::Machine;
use super::Output;
use super::Reach;
use super::Winner;
use super::attempt::Rung;
use super::attempt::Stage;
use super::state::SaleState;
use crate::base::CanceledBecause;

impl<R: Reach> Machine<R> {
    /// Starts the ringing of a buyer: opens the row the first time, and restarts the ring time for
    /// each further gateway. Ignored once the attempt has ended or was answered.
    pub fn begun(&mut self, id: AttemptId, now: Now) {
        let attempt = self.attempts.iter_mut().find(|attempt| attempt.id == id);
        let Some(attempt) = attempt.filter(|attempt| attempt.may_ring()) else { return };
        let before = std::mem::replace(&mut attempt.rung, Rung::Since(now.mono));
        if before != Rung::Never {
            return;
        }
        let row = AttemptRecord::begun(id, &attempt.pick, attempt.wave, now.wall);
        let (contract, wave) = (row.contract.clone(), row.wave);
        self.rows.push(row);
        self.report(Event::Tried { contract, wave });
    }

    /// Pauses the ringing after a gateway failed; another gateway may be tried.
    pub fn gateway_failed(&mut self, id: AttemptId, now: Now) {
        if let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) {
            attempt.rung = Rung::For(attempt.rung.rang(now));
        }
    }

    /// Records the first sign of ringing, `after` the first try.
    pub fn rings(&mut self, id: AttemptId, after: Duration) {
        let Some(row) = self.rows.iter_mut().find(|row| row.id == id) else { return };
        if let Some(post_dial_delay_ms) = row.row().ring(after) {
            let contract = row.contract.clone();
            self.report(Event::Rings { contract, post_dial_delay_ms });
        }
    }

    /// Records that the buyer answered, with the SIP status if there was one; the buyer has not
    /// accepted yet.
    pub fn answered(&mut self, id: AttemptId, status: Option<u16>, now: Now) {
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) else {
            return;
        };
        let Rung::Since(since) = attempt.rung else { return };
        if !matches!(attempt.stage, Stage::Trying | Stage::Unknown) {
            return;
        }
        (attempt.rung, attempt.stage) = (Rung::Answered, Stage::Answered);
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            row.row().answer(status, now.mono.since(since));
        }
    }

    /// Corrects a canceled attempt that was answered or refused at the same moment. Without a
    /// winner no race was lost.
    pub fn correct(&mut self, id: AttemptId, loss: Loss) {
        let decided = !self.winners.is_empty() || self.has_accepted();
        let Some(row) = self.rows.iter_mut().find(|row| row.id == id) else { return };
        if row.outcome != Some(Outcome::Canceled) {
            return;
        }
        row.sip_status = loss.status;
        if loss.outcome != Outcome::LostRace || decided {
            row.outcome = Some(loss.outcome);
            row.canceled_because =
                row.canceled_because.filter(|_| loss.outcome == Outcome::Canceled);
        }
    }

    /// Returns whether a buyer has accepted and the delivery is pending.
    fn has_accepted(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.stage == Stage::Accepted)
    }

    pub(super) fn on_accepted(&mut self, id: AttemptId, now: Now) {
        let SaleState::Selling(race) = &self.state else { return };
        let places = race.wanted.saturating_sub(race.won);
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) else {
            return;
        };
        match attempt.stage {
            Stage::Trying | Stage::Answered | Stage::Unknown => attempt.stage = Stage::Accepted,
            Stage::Held | Stage::Accepted | Stage::Delivered | Stage::Over => return,
        }
        let accepted = self.attempts.iter().filter(|attempt| attempt.stage == Stage::Accepted);
        if accepted.count() >= usize::from(places) {
            self.cancel(|stage| stage != Stage::Accepted, CanceledBecause::AnotherWon, now);
        }
        self.push(Output::Won(id));
    }

    pub(super) fn on_delivered(&mut self, id: AttemptId, now: Now, rng: &mut Rng) {
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) else {
            return;
        };
        if attempt.stage != Stage::Accepted {
            return;
        }
        attempt.stage = Stage::Delivered;
        let offer = self.terms.as_ref().map(|terms| &terms.inquiry.offer);
        let winner = Winner::of(&attempt.pick, offer, self.source.as_ref(), self.promise.as_ref());
        self.settle(id, Settle::Commit);
        self.conclude(id, Loss::new(Outcome::Won), now);
        self.winners.push(winner);
        if let SaleState::Selling(race) = &mut self.state {
            race.won = race.won.saturating_add(1);
            if race.won >= race.wanted {
                return self.close_sold();
            }
        }
        self.next_wave(now, rng);
    }

    /// Ends the sale as sold: all wanted buyers have the inquiry.
    pub(super) fn close_sold(&mut self) {
        match std::mem::replace(&mut self.state, SaleState::Idle) {
            SaleState::Selling(race) => {
                self.state = SaleState::Sold(race);
                self.push(Output::Sold);
            }
            other @ (SaleState::Idle
            | SaleState::AwaitSurvey
            | SaleState::AwaitBids(_)
            | SaleState::AwaitDecision
            | SaleState::Waiting(_)
            | SaleState::Sold(_)
            | SaleState::Withdrawn) => self.state = other,
        }
    }

    pub(super) fn on_lost(&mut self, id: AttemptId, loss: Loss, now: Now, rng: &mut Rng) {
        if self.is_tried(id) {
            self.lose(id, loss, now);
            self.next_wave(now, rng);
        }
    }

    pub(super) fn on_canceled(
        &mut self,
        id: AttemptId,
        because: CanceledBecause,
        now: Now,
        rng: &mut Rng,
    ) {
        if self.is_tried(id) {
            self.cancel_one(id, because, now);
            self.next_wave(now, rng);
        }
    }

    /// Returns whether an attempt was handed to the channel and has not ended.
    fn is_tried(&self, id: AttemptId) -> bool {
        self.attempt(id).is_some_and(|attempt| match attempt.stage {
            Stage::Trying | Stage::Answered | Stage::Unknown | Stage::Accepted => true,
            Stage::Held | Stage::Delivered | Stage::Over => false,
        })
    }

    /// Loses an attempt like [`Input::Lost`](super::Input::Lost) when the inquiry is withdrawn
    /// next: no other buyer is tried.
    pub fn lose(&mut self, id: AttemptId, loss: Loss, now: Now) {
        if !self.is_tried(id) {
            return;
        }
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) else {
            return;
        };
        attempt.stage = Stage::Over;
        if attempt.rung == Rung::Never {
            // The buyer could not be rung.
            attempt.rung = Rung::Since(now.mono);
            let row = AttemptRecord::begun(id, &attempt.pick, attempt.wave, now.wall);
            self.rows.push(row);
        }
        self.settle(id, lost_by(loss.outcome));
        self.conclude(id, loss, now);
    }

    pub(super) fn on_unknown(&mut self, id: AttemptId) {
        let attempt = self.attempts.iter_mut().find(|attempt| attempt.id == id);
        if let Some(attempt) = attempt
            && matches!(attempt.stage, Stage::Trying | Stage::Answered)
        {
            attempt.stage = Stage::Unknown;
        }
    }

    pub(super) fn on_billed(&mut self, id: AttemptId, bill: &Bill) {
        let attempt = self.attempts.iter_mut().find(|attempt| attempt.id == id);
        let delivered = |attempt: &&mut super::Attempt| attempt.stage == Stage::Delivered;
        if let Some(attempt) = attempt.filter(delivered) {
            attempt.stage = Stage::Over;
            self.settle(id, settled(bill.billable));
        }
    }

    /// Puts the inquiry up for sale again after the winner left: the remaining picks are tried.
    pub(super) fn on_reopened(&mut self, now: Now, rng: &mut Rng) {
        match std::mem::replace(&mut self.state, SaleState::Idle) {
            SaleState::Sold(mut race) => {
                race.won = race.won.saturating_sub(1);
                self.state = SaleState::Selling(race);
                self.next_wave(now, rng);
            }
            // Other buyers who share the inquiry are still being tried.
            SaleState::Selling(mut race) => {
                race.won = race.won.saturating_sub(1);
                self.state = SaleState::Selling(race);
            }
            other @ (SaleState::Idle
            | SaleState::AwaitSurvey
            | SaleState::AwaitBids(_)
            | SaleState::AwaitDecision
            | SaleState::Waiting(_)
            | SaleState::Withdrawn) => self.state = other,
        }
    }

    pub(super) fn on_withdrawn(&mut self, because: CanceledBecause, now: Now) {
        self.state = SaleState::Withdrawn;
        self.cancel(|_| true, because, now);
    }

    /// Cancels every open attempt whose stage is `which`.
    fn cancel(&mut self, which: impl Fn(Stage) -> bool, because: CanceledBecause, now: Now) {
        let wanted = self.attempts.iter().filter(|attempt| attempt.stage.is_open());
        let wanted = wanted.filter(|attempt| which(attempt.stage));
        let ids: Vec<AttemptId> = wanted.map(|attempt| attempt.id).collect();
        for id in ids {
            if self.is_tried(id) {
                self.push(Output::Cancel { attempt: id, because });
            }
            self.cancel_one(id, because, now);
        }
    }

    /// Cancels one attempt. A buyer who had answered lost the race, or did not accept.
    fn cancel_one(&mut self, id: AttemptId, because: CanceledBecause, now: Now) {
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) else {
            return;
        };
        let stage = std::mem::replace(&mut attempt.stage, Stage::Over);
        if because == CanceledBecause::AnotherWon
            && let SaleState::Selling(race) = &mut self.state
        {
            race.rivals.push(id);
        }
        self.settle(id, Settle::Release);
        match (stage, because) {
            (Stage::Answered, CanceledBecause::AnotherWon) => {
                self.conclude(id, Loss::new(Outcome::LostRace), now);
            }
            (Stage::Answered, _) => self.conclude(id, Loss::new(Outcome::NotAccepted), now),
            (
                Stage::Held
                | Stage::Trying
                | Stage::Unknown
                | Stage::Accepted
                | Stage::Delivered
                | Stage::Over,
                _,
            ) => {
                self.conclude(id, Loss::new(Outcome::Canceled), now);
                if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
                    row.canceled_because = Some(because);
                }
            }
        }
    }

    /// Settles an attempt's hold, once; after a commitment the hold can still be ended.
    fn settle(&mut self, id: AttemptId, how: Settle) {
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) else {
            return;
        };
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

    /// Writes the outcome of an attempt into its row, once.
    fn conclude(&mut self, id: AttemptId, loss: Loss, now: Now) {
        let rung = self.attempt(id).map_or(Rung::Never, |attempt| attempt.rung);
        let Some(row) = self.rows.iter_mut().find(|row| row.id == id) else { return };
        let ended = match rung {
            Rung::Never => false,
            Rung::Since(_) | Rung::For(_) => row.row().end(loss, rung.rang(now)),
            Rung::Answered => row.row().end_answered(loss.outcome),
        };
        if ended {
            let (contract, outcome, status) = (row.contract.clone(), loss.outcome, row.sip_status);
            self.report(Event::Ended { contract, outcome, status });
        }
    }
}

/// Returns how the hold of a lost attempt is settled.
fn lost_by(outcome: Outcome) -> Settle {
    match outcome {
        Outcome::NoAnswer | Outcome::Unreachable => Settle::Unanswered,
        Outcome::Won
        | Outcome::LostRace
        | Outcome::Busy
        | Outcome::Declined
        | Outcome::Failed
        | Outcome::NoCommonCodec
        | Outcome::Barred
        | Outcome::TrunkLimit
        | Outcome::Loop
        | Outcome::NotAccepted
        | Outcome::Gone
        | Outcome::Machine
        | Outcome::Canceled => Settle::Release,
    }
}
