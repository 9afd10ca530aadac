//! Caller and buyer talk; then the call ends and is billed.

use std::time::Duration;

use crate::base::End;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Outcome;
use crate::billing;
use crate::caps::Settle;
use crate::sip;
use crate::sip::CancelWhy;
use crate::sip::SessionId;

use super::Finished;
use super::Machine;
use super::MediaOrder;
use super::Output;
use super::Story;
use super::attempt::State;
use super::attempt::millis;
use super::caller::status;
use super::machine::Stage;
use super::record::CallState;
use super::record::EndedBy;
use super::record::Winner;
use super::ringing::Race;

impl Machine {
    /// Bridges the winner as soon as the caller's audio path is up.
    pub(super) fn bridge_when_ready(&mut self, now: Now) {
        let Stage::Ringing(Race::Won(buyer)) = self.stage else { return };
        if !self.caller.has_media() {
            return;
        }
        let Some(attempt) = self.attempts.get(&buyer) else { return };
        let State::Won { media, .. } = &attempt.state else { return };
        let (id, hold, pick, media) = (attempt.id, attempt.hold, attempt.pick.clone(), *media);
        let caller = self.caller.session;
        self.hush();
        self.order(MediaOrder::Open { leg: buyer, media });
        // A whisper that was cut short by its key would be heard on.
        self.order(MediaOrder::Hush { leg: buyer });
        self.order(MediaOrder::Bridge { caller, buyer });
        self.stage = Stage::Bridged { since: now.mono };
        self.push(Output::Settle { hold, how: Settle::Commit });
        self.conclude_answered(id, Outcome::Won);
        self.record.bridged_at = Some(now.wall);
        self.record.offer = self.offer.clone();
        self.record.winner = Some(Winner {
            contract: pick.contract.clone(),
            buyer: pick.buyer.clone(),
            price: pick.price,
            buffer: pick.buffer,
            payout: self.source_payout,
        });
        self.push(Output::Update(Box::new(self.record.clone())));
        self.tell(Story::Bridged { contract: pick.contract, buyer: pick.buyer });
    }

    pub(super) fn on_buyer_ended(&mut self, leg: SessionId, how: sip::Hangup, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let (id, hold) = (attempt.id, attempt.hold);
        match attempt.state {
            State::AwaitAccept { .. } => {
                self.push(Output::Settle { hold, how: Settle::Release });
                self.conclude_answered(id, Outcome::NotAccepted);
            }
            State::Won { .. } => self.on_winner_gone(leg, how, now),
            State::AwaitHold
            | State::AwaitRoute { .. }
            | State::AwaitAnswer { .. }
            | State::CalledOff
            | State::Ending => {}
        }
        self.forget(leg);
        self.next_wave(now);
    }

    fn on_winner_gone(&mut self, leg: SessionId, how: sip::Hangup, now: Now) {
        let by = match how {
            sip::Hangup::Bye => EndedBy::Buyer,
            sip::Hangup::NoAck | sip::Hangup::Lost | sip::Hangup::ByeAnswered => EndedBy::Switch,
        };
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        // The leg is gone already: nobody is left to hang up on.
        attempt.state = State::Ending;
        let (id, hold) = (attempt.id, attempt.hold);
        if matches!(self.stage, Stage::Bridged { .. }) {
            let how = self.settled_by_talk(now);
            self.push(Output::Settle { hold, how });
            self.drop_caller(status::TEMPORARILY_UNAVAILABLE);
            self.end(by, End::Bridged, now);
        } else {
            self.push(Output::Settle { hold, how: Settle::Release });
            self.conclude_answered(id, Outcome::Failed);
            self.drop_caller(status::TEMPORARILY_UNAVAILABLE);
            self.end(EndedBy::Switch, End::NoContract, now);
        }
    }

    /// A bridged party has vanished: the call has been over since its last audio.
    pub(super) fn on_silent(&mut self, since: Duration, now: Now) {
        if matches!(self.stage, Stage::Bridged { .. }) {
            self.drop_caller(status::SERVICE_UNAVAILABLE);
            self.close(EndedBy::Switch, End::Bridged, since, now);
        }
    }

    /// Ends the call, once: bills it, writes its record, and lets every other leg go. The caller's
    /// own leg has been dropped by whoever calls.
    pub(super) fn end(&mut self, by: EndedBy, reason: End, now: Now) {
        self.close(by, reason, Duration::ZERO, now);
    }

    fn close(&mut self, by: EndedBy, reason: End, silent: Duration, now: Now) {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        let reason = match stage {
            Stage::Over => return,
            Stage::Bridged { since } => {
                self.bill(since, silent, now);
                End::Bridged
            }
            Stage::Asking | Stage::Ringing(_) | Stage::Farewell => reason,
        };
        let legs: Vec<SessionId> = self.attempts.keys().copied().collect();
        for leg in legs {
            self.let_go(leg, now);
        }
        let leg = self.caller.session;
        self.order(MediaOrder::Close { leg });
        self.record.state = CallState::Ended;
        self.record.ended_at = Some(now.wall);
        self.record.ended_by = Some(by);
        self.record.reason = Some(reason);
        self.record.fields = self.plain_fields();
        self.tell(Story::Ended {
            reason,
            talk_ms: millis(self.record.talk),
            billable: self.record.billable,
            revenue: self.record.revenue,
        });
        let finished = Finished {
            record: self.record.clone(),
            decisions: std::mem::take(&mut self.decisions),
        };
        self.push(Output::Finish(Box::new(finished)));
    }

    /// Lets a buyer's leg go when the call ends.
    fn let_go(&mut self, leg: SessionId, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let bridged = self.record.bridged_at.is_some();
        if bridged && matches!(attempt.state, State::Won { .. }) {
            attempt.state = State::Ending;
            let hold = attempt.hold;
            self.command(sip::Command::Bye { session: leg, cause: None });
            let how = self.settled_by_talk(now);
            self.push(Output::Settle { hold, how });
        } else {
            self.call_off(leg, Outcome::Canceled, CancelWhy::Plain, now);
        }
    }

    /// How the winner's hold ends: a call that is not billable gives its price back.
    fn settled_by_talk(&mut self, now: Now) -> Settle {
        if let Stage::Bridged { since } = self.stage {
            self.bill(since, Duration::ZERO, now);
        }
        if self.record.billable { Settle::End } else { Settle::Unbilled }
    }

    fn bill(&mut self, since: Mono, silent: Duration, now: Now) {
        let Some(winner) = &self.record.winner else { return };
        let talk = now.mono.since(since).saturating_sub(silent);
        // Whole milliseconds, as the record keeps them: what is billed can be read there.
        let talk = Duration::from_millis(millis(talk));
        let bill = billing::bill(winner.price, winner.buffer, winner.payout, Some(talk));
        self.record.talk = talk;
        self.record.billable = bill.billable;
        self.record.revenue = Some(bill.revenue);
        self.record.payout = bill.payout;
    }
}
