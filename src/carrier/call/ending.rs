//! The end of a call, including the rejection of a call that no buyer took.

use crate::base::CanceledBecause;
use crate::base::End;
use crate::base::ListName;
use crate::base::Now;
use crate::base::Outcome;
use crate::call::CallEvent;
use crate::call::CallState;
use crate::call::EndedBy;
use crate::call::Finished;
use crate::flow::Sound;
use crate::sale::GivenUp;

use super::Call;
use super::Output;
use super::Swept;
use super::machine::CallerLine;
use super::machine::Stage;
use crate::call::hang_up_reason;
use crate::carrier::Rejection;
use crate::carrier::Request;
use crate::carrier::Verb;

/// SIP status with which a flow rejects a call as busy.
const BUSY_HERE: u16 = 486;

impl Call {
    /// Ends a call that no buyer took and the flow does not answer, after the offer's recording, if
    /// any.
    pub(super) fn turn_down(&mut self, now: Now) {
        let offer = self.record.offer_of(&self.sale).clone();
        let given_up = self.sale.given_up();
        self.report(CallEvent::Disqualified { offer, what: given_up.to_string() });
        self.let_hear_and_go(&given_up, now);
    }

    /// Ends the call of a caller on a suppression list, as the offer answers refused callers.
    pub(super) fn suppress(&mut self, list: &ListName, refusal: &GivenUp, now: Now) {
        let offer = self.record.offer.clone();
        let what = format!("on suppression list {list}, {refusal}");
        self.report(CallEvent::Disqualified { offer, what });
        self.let_hear_and_go(refusal, now);
    }

    fn let_hear_and_go(&mut self, given_up: &GivenUp, now: Now) {
        match given_up {
            GivenUp::Recording(name) => {
                let sound = self.prompt(&Sound::File(name.to_string()));
                self.verbs.push(Verb::from(sound));
            }
            GivenUp::TurnedAway => {}
        }
        self.let_caller_go(now);
    }

    /// Ends the caller's call. If the call is unanswered and the caller has heard nothing, rejects
    /// it free of charge.
    pub(super) fn let_caller_go(&mut self, now: Now) {
        let unheard = self.line == CallerLine::Unanswered && self.verbs.is_empty();
        let verb = if unheard { Verb::Reject(Rejection::Rejected) } else { Verb::Hangup };
        self.say_good_bye(verb, now);
    }

    /// Rejects the caller with the equivalent of a SIP status.
    pub(super) fn reject(&mut self, status: u16, now: Now) {
        let unheard = self.line == CallerLine::Unanswered && self.verbs.is_empty();
        let verb = match (unheard, status) {
            (true, BUSY_HERE) => Verb::Reject(Rejection::Busy),
            (true, _) => Verb::Reject(Rejection::Rejected),
            (false, _) => Verb::Hangup,
        };
        self.say_good_bye(verb, now);
    }

    fn say_good_bye(&mut self, last: Verb, now: Now) {
        let reason = hang_up_reason(&self.flow, &self.sale);
        self.verbs.push(last);
        self.answer(now);
        self.finish(EndedBy::Switch, reason, now);
    }

    /// Handles a state of the caller's call. If the caller hangs up during a dial or a recording,
    /// the record becomes final only when its action reports the end, which may come later.
    pub(super) fn on_status(&mut self, request: &Request, now: Now) {
        let gone = request.state.is_some_and(crate::carrier::CallState::is_final);
        match self.stage {
            Stage::Asking if gone && self.flow.question().is_none() => {
                self.caller_gone.get_or_insert(now.wall);
            }
            Stage::Asking if gone => self.finish(EndedBy::Caller, End::Abandoned, now),
            Stage::Dialling | Stage::Fixed if gone => {
                self.caller_gone.get_or_insert(now.wall);
            }
            Stage::Asking | Stage::Dialling | Stage::Fixed | Stage::Writing | Stage::Over => {}
        }
        self.reply(Vec::new());
    }

    /// Ends a call that the carrier no longer has and whose end it did not report.
    pub(super) fn on_swept(&mut self, swept: Swept) {
        let Swept { ended_at, connected } = swept;
        let then = Now::from_origin(self.record.started_at, ended_at);
        if self.stage == Stage::Over {
            return;
        }
        let lasted = connected.is_some_and(|connected| !connected.is_zero());
        let winner = self.likely_leg().filter(|leg| lasted && leg.child.is_some());
        if let Some(id) = winner.map(|leg| leg.id) {
            self.win(id, connected, then);
            return self.finish(EndedBy::Caller, End::Bridged, then);
        }
        self.conclude_dial(Outcome::Canceled, then);
        self.finish(EndedBy::Caller, End::Abandoned, then);
    }

    /// Ends a call that an operator hung up. A connected buyer is billed until now, by the switch's
    /// clock.
    pub(super) fn on_hung_up(&mut self, now: Now) {
        if self.stage == Stage::Over {
            return;
        }
        match self.likely_leg().map(|leg| leg.id) {
            Some(winner) => self.win(winner, None, now),
            None => self.conclude_dial(Outcome::Canceled, now),
        }
        self.finish(EndedBy::Switch, End::HungUp, now);
    }

    /// Cancels the remaining legs and ends the call.
    pub(super) fn part(&mut self, by: EndedBy, reason: End, now: Now) {
        self.withdraw(left_by(by, reason), now);
        self.verbs.push(Verb::Hangup);
        self.answer(now);
        self.finish(by, reason, now);
    }

    /// Ends the call, once: returns the remaining holds and makes the record final.
    pub(super) fn finish(&mut self, by: EndedBy, reason: End, now: Now) {
        if self.record.state == CallState::Ended {
            return;
        }
        self.stage = Stage::Over;
        self.withdraw(left_by(by, reason), now);
        let reason = self.record.end(by, reason, now.wall);
        self.record = self.record.with(&self.flow, &self.sale);
        self.report(CallEvent::ended(&self.record, reason));
        let decisions = self.sale.take_decisions();
        self.push(Output::Finish(Box::new(Finished { record: self.record.clone(), decisions })));
    }
}

/// Returns the reason for which the legs that still ring are canceled.
fn left_by(by: EndedBy, reason: End) -> CanceledBecause {
    match by {
        EndedBy::Caller => CanceledBecause::CallerLeft,
        EndedBy::Buyer | EndedBy::Switch if reason == End::HungUp => CanceledBecause::Operator,
        EndedBy::Buyer | EndedBy::Switch => CanceledBecause::Switch,
    }
}
