//! Caller and buyer talk; then the call ends and is billed.

use std::time::Duration;

use crate::base::End;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Outcome;
use crate::billing::settled;
use crate::caps::Settle;
use crate::sip;
use crate::sip::CancelWhy;
use crate::sip::SessionId;

use super::Finished;
use super::Machine;
use super::MediaOrder;
use super::Output;
use super::Story;
use super::attempt::Errand;
use super::attempt::State;
use super::attempt::millis;
use super::caller::status;
use super::machine::Stage;
use super::record::CallState;
use super::record::EndedBy;
use super::record::Winner;
use super::ringing::Race;

impl Machine {
    /// Lets the winner and the caller hear each other as soon as we know where the caller's audio
    /// goes. They are bridged, and the buyer's time runs, from the caller's ACK on: a 200 may
    /// cross a CANCEL, or find nobody any more.
    pub(super) fn bridge_when_ready(&mut self, now: Now) {
        if let Stage::Ringing(Race::Won(buyer)) = self.stage
            && self.caller.has_media()
        {
            let caller = self.caller.session;
            self.hush();
            // A whisper that was cut short by its key would be heard on.
            self.order(MediaOrder::Hush { leg: buyer });
            self.order(MediaOrder::Bridge { caller, buyer });
            self.stage = Stage::Ringing(Race::Connected(buyer));
        }
        if let Stage::Ringing(Race::Connected(buyer)) = self.stage
            && self.caller.is_talking()
        {
            self.bridge(buyer, now);
        }
    }

    fn bridge(&mut self, buyer: SessionId, now: Now) {
        let Some(attempt) = self.attempts.get(&buyer) else { return };
        let id = attempt.id;
        let pick = match &attempt.errand {
            Errand::Sale(pick) => Some(pick.clone()),
            Errand::Fixed { .. } => None,
        };
        self.stage = Stage::Bridged { since: now.mono };
        self.settle(buyer, Settle::Commit);
        self.conclude_answered(id, Outcome::Won);
        self.record.bridged_at = Some(now.wall);
        self.record.fields = self.plain_fields();
        self.record.winner = pick.as_ref().map(|pick| Winner {
            contract: pick.contract.clone(),
            buyer: pick.buyer.clone(),
            price: pick.price,
            buffer: pick.buffer,
            payout: self.source_payout,
        });
        self.push(Output::Update(Box::new(self.record.clone())));
        if let Some(pick) = pick {
            self.tell(Story::Bridged { contract: pick.contract, buyer: pick.buyer });
        }
    }

    pub(super) fn on_buyer_ended(&mut self, leg: SessionId, how: sip::Hangup, now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        let id = attempt.id;
        match attempt.state {
            State::AwaitAccept { .. } => self.conclude_answered(id, Outcome::NotAccepted),
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

    /// Before the bridge the call has come to nothing: the others have been called off already.
    fn on_winner_gone(&mut self, leg: SessionId, how: sip::Hangup, now: Now) {
        let by = match how {
            sip::Hangup::Bye => EndedBy::Buyer,
            sip::Hangup::NoAck | sip::Hangup::Lost | sip::Hangup::ByeAnswered => EndedBy::Switch,
        };
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        // The leg is gone already: nobody is left to hang up on.
        attempt.state = State::Ending;
        let id = attempt.id;
        self.drop_caller(status::TEMPORARILY_UNAVAILABLE);
        if matches!(self.stage, Stage::Bridged { .. }) {
            let how = self.settled_by_talk(now);
            self.settle(leg, how);
            self.end(by, End::Bridged, now);
        } else {
            self.settle(leg, Settle::Release);
            self.conclude_answered(id, Outcome::Failed);
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
        if self.is_over() {
            return;
        }
        let reason = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Bridged { since } => {
                self.bill(since, silent, now);
                if self.record.winner.is_some() { End::Bridged } else { End::Transferred }
            }
            Stage::Asking | Stage::Ringing(_) | Stage::Farewell | Stage::Over | Stage::Done => {
                reason
            }
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
        self.keep(Box::new(finished));
    }

    /// Lets a buyer's leg go when the call ends.
    fn let_go(&mut self, leg: SessionId, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let bridged = self.record.bridged_at.is_some();
        if bridged && matches!(attempt.state, State::Won { .. }) {
            attempt.state = State::Ending;
            self.command(sip::Command::Bye { session: leg, cause: None });
            let how = self.settled_by_talk(now);
            self.settle(leg, how);
        } else {
            self.call_off(leg, Outcome::Canceled, CancelWhy::Plain, now);
        }
    }

    /// How the winner's hold ends.
    fn settled_by_talk(&mut self, now: Now) -> Settle {
        if let Stage::Bridged { since } = self.stage {
            self.bill(since, Duration::ZERO, now);
        }
        settled(self.record.billable)
    }

    fn bill(&mut self, since: Mono, silent: Duration, now: Now) {
        let talk = now.mono.since(since).saturating_sub(silent);
        self.record.bill(talk);
    }
}
