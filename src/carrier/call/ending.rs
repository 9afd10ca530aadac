//! Nobody took the call, or it is over.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::End;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::millis;
use crate::call::CallState;
use crate::call::EndedBy;
use crate::call::Finished;
use crate::call::Holds;
use crate::call::Story;
use crate::caps::Settle;
use crate::flow;
use crate::flow::NotRouted;
use crate::flow::Sound;
use crate::routing::Disqualified;

use super::Call;
use super::Output;
use super::Swept;
use super::machine::Line;
use super::machine::Stage;
use crate::carrier::Rejection;
use crate::carrier::Request;
use crate::carrier::Verb;

/// The SIP status by which a flow refuses a call as busy.
const BUSY_HERE: u16 = 486;

impl Call {
    /// Every pick was tried in vain, or there was none.
    pub(super) fn on_nobody(&mut self, now: Now) {
        let dq = self.next_handover();
        match dq {
            Some(Disqualified::Offer(next)) => {
                self.disqualify(format!("handed on to offer {next}"));
                self.offer = next;
                self.begin_routing();
            }
            Some(Disqualified::Buyer(pick)) => {
                self.disqualify(format!("goes to catch-all buyer {}", pick.buyer));
                let patience = self.decisions.last().map_or(Duration::ZERO, |d| d.ring_timeout);
                let picks = VecDeque::from([*pick]);
                self.ring(picks, 1, patience, Holds::Granted, now);
            }
            Some(Disqualified::Reject | Disqualified::Recording(_)) | None => {
                let why =
                    self.decisions.last().map_or(NotRouted::NoMatch, crate::sale::why_not_routed);
                self.stage = Stage::Asking;
                self.offer = self.own_offer.clone();
                self.go_on(flow::Input::NotRouted(why));
            }
        }
    }

    /// The last decision's DQ destination, if it is one that sells the call; each is taken once.
    fn next_handover(&mut self) -> Option<Disqualified> {
        if self.handed_over_after == self.decisions.len() {
            return None;
        }
        let dq = self.decisions.last()?.dq();
        match dq {
            Disqualified::Offer(_) | Disqualified::Buyer(_) => {
                self.handovers_left = self.handovers_left.checked_sub(1)?;
                self.handed_over_after = self.decisions.len();
                Some(dq)
            }
            Disqualified::Reject | Disqualified::Recording(_) => None,
        }
    }

    fn disqualify(&mut self, what: String) {
        let offer = self.record.offer.clone();
        self.tell(Story::Disqualified { offer, what });
    }

    /// The flow has no answer to a call that nobody took.
    pub(super) fn on_unrouted(&mut self, now: Now) {
        match self.decisions.last().map(|decision| decision.dq()) {
            Some(Disqualified::Recording(name)) => {
                self.disqualify(format!("hears recording {name}"));
                let sound = self.prompt(&Sound::File(name.to_string()));
                self.verbs.push(Verb::from(sound));
                self.hang_up(now);
            }
            Some(Disqualified::Reject | Disqualified::Offer(_) | Disqualified::Buyer(_)) | None => {
                self.disqualify("turned away".to_owned());
                self.hang_up(now);
            }
        }
    }

    /// Lets the caller go. One who has heard nothing is refused, and pays nothing.
    pub(super) fn hang_up(&mut self, now: Now) {
        let unheard = self.line == Line::Unanswered && self.verbs.is_empty();
        let verb = if unheard { Verb::Reject(Rejection::Rejected) } else { Verb::Hangup };
        self.say_good_bye(verb, now);
    }

    /// Refuses the caller with what a SIP status says.
    pub(super) fn reject(&mut self, status: u16, now: Now) {
        let unheard = self.line == Line::Unanswered && self.verbs.is_empty();
        let verb = match (unheard, status) {
            (true, BUSY_HERE) => Verb::Reject(Rejection::Busy),
            (true, _) => Verb::Reject(Rejection::Rejected),
            (false, _) => Verb::Hangup,
        };
        self.say_good_bye(verb, now);
    }

    fn say_good_bye(&mut self, last: Verb, now: Now) {
        let tried = !self.decisions.is_empty() || self.pool_size() == 0;
        let reason = if tried { End::NoContract } else { End::RejectedCaller };
        self.verbs.push(last);
        self.answer(now);
        self.end(EndedBy::Switch, reason, now);
    }

    /// The caller's call is in another state. The end of a dial is told by its action, which comes
    /// even when the caller has hung up; only then is the record final.
    pub(super) fn on_status(&mut self, request: &Request, now: Now) {
        let gone = request.state.is_some_and(crate::carrier::CallState::is_final);
        match self.stage {
            Stage::Asking if gone => self.end(EndedBy::Caller, End::Abandoned, now),
            Stage::Dialling(_) | Stage::Fixed if gone => {
                self.caller_gone.get_or_insert(now.wall);
            }
            Stage::Asking
            | Stage::Dialling(_)
            | Stage::Fixed
            | Stage::Deciding
            | Stage::Reserving(_)
            | Stage::Over => {}
        }
        self.reply(Vec::new());
    }

    /// The carrier no longer holds the call, and has not said so by itself.
    pub(super) fn on_swept(&mut self, swept: Swept, now: Now) {
        let Swept { ended_at, connected } = swept;
        let then = Now { wall: ended_at, ..now };
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => return,
            Stage::Dialling(race) => {
                let likely = self.likely_winner().cloned();
                let is_it = |place: &usize| {
                    let leg = self.legs.get(*place);
                    leg.is_some_and(|leg| leg.child.is_some() && leg.child == likely)
                };
                let lasted = connected.is_some_and(|connected| !connected.is_zero());
                let winner = race.legs.iter().copied().find(is_it).filter(|_| lasted);
                if let Some(place) = winner {
                    self.win(place, &race, connected, then);
                    return self.end(EndedBy::Caller, End::Bridged, then);
                }
            }
            Stage::Asking | Stage::Fixed | Stage::Deciding | Stage::Reserving(_) => {}
        }
        self.conclude_dial(Outcome::Canceled, then);
        self.end(EndedBy::Caller, End::Abandoned, then);
    }

    /// Writes how an attempt ended, once.
    pub(super) fn conclude(&mut self, id: AttemptId, outcome: Outcome, rang: Duration) {
        let row = self.record.attempts.iter_mut().find(|row| row.id == id);
        let Some(row) = row.filter(|row| row.outcome.is_none()) else { return };
        row.outcome = Some(outcome);
        row.ring_ms = millis(rang);
        let contract = row.contract.clone();
        self.tell(Story::Attempt { contract, outcome, status: None });
    }

    /// Ends a leg's hold, once; a commitment leaves it to be ended.
    pub(super) fn settle(&mut self, place: usize, how: Settle) {
        let Some(leg) = self.legs.get_mut(place) else { return };
        let hold = match how {
            Settle::Commit => leg.hold,
            Settle::Release | Settle::End | Settle::Unbilled | Settle::Unanswered => {
                leg.hold.take()
            }
        };
        if let Some(hold) = hold {
            self.push(Output::Settle { hold, how });
        }
    }

    /// Lets whoever is left go, and ends the call.
    pub(super) fn part(&mut self, by: EndedBy, reason: End, now: Now) {
        self.verbs.push(Verb::Hangup);
        self.answer(now);
        self.end(by, reason, now);
    }

    /// Ends the call, once: every hold that is left goes back, and the record is final.
    pub(super) fn end(&mut self, by: EndedBy, reason: End, now: Now) {
        if self.record.state == CallState::Ended {
            return;
        }
        self.stage = Stage::Over;
        for place in 0..self.legs.len() {
            if let Some(leg) = self.legs.get(place).filter(|leg| leg.hold.is_some()) {
                let id = leg.id;
                self.conclude(id, Outcome::Canceled, Duration::ZERO);
                self.settle(place, Settle::Release);
            }
        }
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
        let decisions = std::mem::take(&mut self.decisions);
        self.push(Output::Finish(Box::new(Finished { record: self.record.clone(), decisions })));
    }
}
