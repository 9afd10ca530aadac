//! `<Dial>` of a flow: rings a fixed destination without a contract. The call bills no buyer.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Barred;
use crate::base::End;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Phone;
use crate::call::CallEvent;
use crate::call::DialRecord;
use crate::call::EndedBy;
use crate::carrier::CallState;
use crate::carrier::DialResult;
use crate::carrier::DialStatus;
use crate::carrier::Noun;
use crate::carrier::Request;
use crate::carrier::Target;
use crate::carrier::Verb;
use crate::flow;
use crate::flow::DialTo;
use crate::flow::NotDialled;
use crate::sale::AttemptKey;
use crate::sale::Loss;

use super::Call;
use super::dialled::is_connected;
use super::fixed_leg::FixedLeg;
use super::machine::Stage;

impl Call {
    /// Handles a report about a fixed destination. Returns whether the report was about this one.
    pub(super) fn note_fixed(&mut self, key: AttemptKey, request: &Request) -> bool {
        let Some(leg) = self.fixed.as_mut().filter(|leg| leg.key == key) else {
            return false;
        };
        leg.lasted = request.duration.or(leg.lasted);
        true
    }

    /// Rings a fixed destination. The carrier dials phone numbers itself, whatever trunk the flow
    /// names.
    pub(super) fn dial_past_contracts(
        &mut self,
        to: DialTo,
        timeout: Duration,
        caller_id: Option<Phone>,
        now: Now,
    ) {
        // A number that a trunk allows names that trunk; flows are published only if it does.
        let barred = match &to {
            DialTo::Phone { number, trunk: None } => Barred::of(number.e164(), None, &[]),
            DialTo::Phone { trunk: Some(_), .. } | DialTo::Sip(_) => None,
        };
        let (target, to) = match to {
            DialTo::Phone { number, .. } => {
                let shown = number.e164().to_owned();
                (Target::Phone(number), shown)
            }
            DialTo::Sip(uri) => (Target::Sip(uri.to_string()), uri.to_string()),
        };
        if !self.sale.count_other() {
            return self.flow.handle(flow::Input::NotDialled(NotDialled::Failed), now);
        }
        self.report(CallEvent::Transfer { to: to.clone() });
        let id = AttemptId::new(now, &mut self.rng);
        self.record.dials.push(DialRecord::begun(id, to, now.wall));
        let refused = if barred.is_some() {
            Some(Outcome::Barred)
        } else {
            (!self.carrier.takes(&target)).then_some(Outcome::Failed)
        };
        if let Some(outcome) = refused {
            self.conclude_dial(outcome, now);
            return self.flow.handle(flow::Input::NotDialled(NotDialled::Failed), now);
        }
        // If the end of a dial states its duration, no further report is needed.
        let reported = !self.carrier.whispers_by_noun();
        let key = reported.then(|| AttemptKey::random(&mut self.rng));
        let status = key.map(|key| self.addresses.leg(key));
        self.fixed = key.map(|key| FixedLeg { key, lasted: None });
        let nouns = vec![Noun { target, url: None, status, confirm: None }];
        let dial = self.dial_of(nouns, timeout, caller_id);
        self.verbs.push(Verb::Dial(dial));
        self.stage = Stage::Fixed;
        self.answer(now);
    }

    pub(super) fn on_fixed_dialled(&mut self, request: &Request, now: Now) {
        let gone = request.state.is_some_and(CallState::is_final) || self.caller_gone.is_some();
        let result = request.dial.as_ref();
        if let Some(result) = result.filter(|result| is_connected(result)) {
            self.conclude_dial(Outcome::Won, now);
            let reported = self.fixed.as_ref().and_then(|leg| leg.lasted);
            let talk = result.duration.or(reported).unwrap_or_default();
            self.record.bridged_at = Some(now.wall - talk);
            self.record.answered_at = self.record.answered_at.or(self.record.bridged_at);
            self.record.talk = talk;
            self.verbs.push(Verb::Hangup);
            self.answer(now);
            let by = if gone { EndedBy::Caller } else { EndedBy::Buyer };
            return self.finish(by, End::Transferred, now);
        }
        let (outcome, why) = lost(result);
        self.conclude_dial(outcome, now);
        if gone {
            return self.part(EndedBy::Caller, End::Abandoned, now);
        }
        self.stage = Stage::Writing;
        self.flow.handle(flow::Input::NotDialled(why), now);
    }

    /// Records the outcome of the last fixed destination, once.
    pub(super) fn conclude_dial(&mut self, outcome: Outcome, now: Now) {
        let Some(dial) = self.record.dials.last_mut() else { return };
        let rang = now.wall.since(dial.started_at);
        if dial.row().end(Loss::new(outcome), rang) {
            self.report(CallEvent::Transferred { outcome, status: None });
        }
    }
}

fn lost(result: Option<&DialResult>) -> (Outcome, NotDialled) {
    match result.map(|result| result.status) {
        Some(DialStatus::Busy) => (Outcome::Busy, NotDialled::Busy),
        Some(DialStatus::NoAnswer) | None => (Outcome::NoAnswer, NotDialled::NoAnswer),
        Some(DialStatus::Canceled) => (Outcome::Canceled, NotDialled::Failed),
        Some(DialStatus::Failed | DialStatus::Completed | DialStatus::Answered) => {
            (Outcome::Failed, NotDialled::Failed)
        }
    }
}
