//! What facts change, given what is known.

use std::borrow::Cow;

use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::outbox::Before;
use crate::sale::AttemptRecord;
use crate::sale::DecisionRecord;
use crate::store::CallChange;
use crate::store::CarriedLeg;
use crate::store::Fact;

use super::known::Known;
use super::known::State;

/// What a fact changes.
#[derive(Debug)]
pub(super) enum Effect<'f> {
    /// A call is new.
    Opened { record: &'f CallRecord, node: &'f NodeName },
    /// A live call has decisions, and attempts.
    Decided { call: CallId, attempts: &'f [AttemptRecord], decisions: &'f [DecisionRecord] },
    /// A call has another record. Its postings are new.
    Changed { before: Option<Before>, change: Box<Cow<'f, CallChange>> },
    /// Legs are dialed, or have ended.
    Carried { call: CallId, legs: &'f [CarriedLeg] },
    /// Calls, of which some may have ended, are seen.
    Beat { at: Wall, calls: &'f [CallId] },
}

impl Known {
    /// Returns what a fact changes, and knows it from then on; `None` if it changes nothing.
    pub(super) fn effect<'f>(&mut self, fact: &'f Fact) -> Option<Effect<'f>> {
        match fact {
            Fact::Opened { record, node } => {
                if self.calls.contains_key(&record.id) {
                    return None;
                }
                self.see(record);
                Some(Effect::Opened { record, node })
            }
            Fact::Decided { call, decisions } => self.decided(*call, &[], decisions),
            Fact::Attempted { call, attempts, decisions } => {
                self.decided(*call, attempts, decisions)
            }
            Fact::Bridged(change) | Fact::Ended(change) => self.changed(change),
            Fact::Carried { call, legs } => Some(Effect::Carried { call: *call, legs }),
            Fact::Beat { at, calls } => Some(Effect::Beat { at: *at, calls }),
        }
    }

    fn decided<'f>(
        &self,
        call: CallId,
        attempts: &'f [AttemptRecord],
        decisions: &'f [DecisionRecord],
    ) -> Option<Effect<'f>> {
        match self.calls.get(&call)? {
            State::Live(_) => Some(Effect::Decided { call, attempts, decisions }),
            State::Ended => None,
        }
    }

    fn changed<'f>(&mut self, change: &'f CallChange) -> Option<Effect<'f>> {
        let before = match self.calls.get(&change.record.id) {
            None => None,
            Some(State::Live(before)) => Some(*before),
            Some(State::Ended) => return None,
        };
        self.see(&change.record);
        let source = &change.record.source;
        let periods = change.payout_periods();
        let capped = change.capped(|period| self.payouts.used(source, period));
        let mut change = capped.map_or(Cow::Borrowed(change), Cow::Owned);
        let is_new: Vec<bool> =
            change.postings.iter().map(|posting| self.postings.add(posting)).collect();
        if !is_new.iter().all(|is_new| *is_new) {
            let mut is_new = is_new.into_iter();
            change.to_mut().postings.retain(|_| is_new.next().unwrap_or(true));
        }
        for posting in change.postings.iter().filter(|posting| posting.pays()) {
            self.payouts.take(source, periods.as_ref().map_or(&[], |periods| periods), posting.at);
        }
        Some(Effect::Changed { before, change: Box::new(change) })
    }

    fn see(&mut self, record: &CallRecord) {
        let state = match record.state {
            CallState::Live => State::Live(Before {
                is_answered: record.answered_at.is_some(),
                is_connected: record.bridged_at.is_some(),
            }),
            CallState::Ended => State::Ended,
        };
        self.calls.insert(record.id, state);
    }
}
