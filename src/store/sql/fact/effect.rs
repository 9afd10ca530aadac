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
use crate::store::LeftOpen;

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
    /// A live call is presumed to have ended. Its postings are new.
    Presumed { before: Before, change: Box<Cow<'f, CallChange>> },
    /// A call that is presumed to have ended has another record, and may still be presumed so. Its
    /// postings follow from what stands in the ledger.
    Replaced(Box<Replaced<'f>>),
    /// Legs are dialed, or have ended.
    Carried { call: CallId, legs: &'f [CarriedLeg] },
    /// Calls, of which some may have ended, are seen.
    Beat { at: Wall, calls: &'f [CallId] },
}

/// What a node knows better of a call that is presumed to have ended.
#[derive(Debug)]
pub(super) struct Replaced<'f> {
    pub(super) change: Cow<'f, CallChange>,
    pub(super) seen_at: Wall,
    pub(super) is_presumed: bool,
}

impl Known {
    /// Adds what a fact changes, and knows it from then on.
    pub(super) fn effects<'f>(&mut self, fact: &'f Fact, effects: &mut Vec<Effect<'f>>) {
        match fact {
            Fact::Opened { record, node } => {
                if !self.calls.contains_key(&record.id) {
                    self.see(record);
                    effects.push(Effect::Opened { record, node });
                }
            }
            Fact::Decided { call, decisions } => {
                effects.extend(self.decided(*call, None, decisions));
            }
            Fact::Attempted { call, attempts, decisions } => {
                effects.extend(self.decided(*call, Some(attempts), decisions));
            }
            Fact::Bridged(change) | Fact::Ended(change) => effects.extend(self.changed(change)),
            Fact::Presumed(change) => effects.extend(self.presumed(change)),
            Fact::Carried { call, legs } => effects.push(Effect::Carried { call: *call, legs }),
            Fact::Beat { at, calls } => {
                effects.push(Effect::Beat { at: *at, calls });
                effects.extend(calls.iter().filter_map(|call| self.seen(*call, *at)));
            }
        }
    }

    fn decided<'f>(
        &mut self,
        call: CallId,
        attempts: Option<&'f [AttemptRecord]>,
        decisions: &'f [DecisionRecord],
    ) -> Option<Effect<'f>> {
        match self.calls.get_mut(&call)? {
            State::Live(_) => {
                Some(Effect::Decided { call, attempts: attempts.unwrap_or_default(), decisions })
            }
            State::Presumed(left) => {
                if let Some(attempts) = attempts {
                    left.record.attempts = attempts.to_vec();
                }
                if let Some(last) = decisions.last() {
                    left.record.decision_id = Some(last.id);
                }
                Some(presume_again(left, decisions))
            }
            State::Ended => None,
        }
    }

    fn changed<'f>(&mut self, change: &'f CallChange) -> Option<Effect<'f>> {
        let record = &change.record;
        let before = match self.calls.get_mut(&record.id) {
            None => None,
            Some(State::Live(before)) => Some(*before),
            Some(State::Ended) => return None,
            Some(State::Presumed(left)) if record.state == CallState::Live => {
                let seen_at = left.seen_at.max(record.bridged_at.unwrap_or(record.started_at));
                **left = LeftOpen { record: record.clone(), seen_at, sales: change.sales.clone() };
                return Some(presume_again(left, &change.decisions));
            }
            Some(State::Presumed(left)) => {
                let (change, seen_at) = (Cow::Borrowed(change), left.seen_at);
                self.see(record);
                let is_presumed = false;
                return Some(Effect::Replaced(Box::new(Replaced { change, seen_at, is_presumed })));
            }
        };
        self.see(record);
        Some(Effect::Changed { before, change: self.billed(change) })
    }

    fn presumed<'f>(&mut self, change: &'f CallChange) -> Option<Effect<'f>> {
        let State::Live(before) = *self.calls.get(&change.record.id)? else { return None };
        // A later fact of the same batch finds it ended. Its node is gone, and sends none.
        self.see(&change.record);
        Some(Effect::Presumed { before, change: self.billed(change) })
    }

    /// A heartbeat of a call that is presumed to have ended says that it went on.
    fn seen<'f>(&mut self, call: CallId, at: Wall) -> Option<Effect<'f>> {
        match self.calls.get_mut(&call)? {
            State::Presumed(left) if left.seen_at < at => {
                left.seen_at = at;
                Some(presume_again(left, &[]))
            }
            State::Presumed(_) | State::Live(_) | State::Ended => None,
        }
    }

    /// Returns the change with its new postings, and nothing to a source whose payouts are used up.
    fn billed<'f>(&mut self, change: &'f CallChange) -> Box<Cow<'f, CallChange>> {
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
        Box::new(change)
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

/// Presumes that a call ended when it was last seen, with what is known better of it.
fn presume_again<'f>(left: &LeftOpen, decisions: &[DecisionRecord]) -> Effect<'f> {
    let mut open = left.clone();
    open.record.reopen();
    let seen_at = open.seen_at;
    let change = CallChange { decisions: decisions.to_vec(), ..open.closed(seen_at) };
    let (change, is_presumed) = (Cow::Owned(change), true);
    Effect::Replaced(Box::new(Replaced { change, seen_at, is_presumed }))
}
