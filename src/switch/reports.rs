//! What operators learn of calls: a line of the log each for arrival, decision and end, counters,
//! and the event stream.

use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::tally::Tally;
use crate::base::CallId;
use crate::base::End;
use crate::base::Skip;
use crate::base::Wall;
use crate::call::CallEvent;
use crate::events::Events;
use crate::events::Subject;
use crate::routing::Decision;

/// Most reasons that the line of a decision without picks names.
const SKIPS_SHOWN: usize = 3;

/// Reports the events of calls, SIP and webhook alike.
#[derive(Debug)]
pub struct Reports {
    events: Events,
    arrived: AtomicU64,
    ended: Tally<End>,
}

impl Reports {
    /// Returns reports that are published to `events`.
    pub fn new(events: Events) -> Self {
        Self { events, arrived: AtomicU64::new(0), ended: Tally::new(End::ALL) }
    }

    /// Logs, counts and publishes an event of a call. Never waits for a follower.
    pub(super) fn report(&self, at: Wall, id: CallId, event: CallEvent) {
        // A root: the span of a call's own task would repeat the id.
        tracing::info_span!(parent: None, "call", call.id = %id).in_scope(|| log(&event));
        match &event {
            CallEvent::Arrived { .. } => {
                self.arrived.fetch_add(1, Ordering::Relaxed);
            }
            CallEvent::Ended { reason, .. } => self.ended.add(*reason),
            _ => {}
        }
        self.events.publish(at, Subject::Call(id, event));
    }

    /// Logs and counts the end of a call whose task is gone.
    pub(super) fn lost(&self, id: CallId) {
        let reason = End::SwitchRestart;
        tracing::info!(call.id = %id, %reason, "call ended");
        self.ended.add(reason);
    }

    /// Returns the number of calls that arrived since the start.
    pub fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Returns how many calls ended since the start, by reason.
    pub fn ended(&self) -> Vec<(End, u64)> {
        self.ended.read()
    }
}

fn log(event: &CallEvent) {
    match event {
        CallEvent::Arrived { number, caller, ingress, offer } => {
            let caller = caller.as_ref().map(tracing::field::display);
            let number = number.e164();
            tracing::info!(from = %ingress, number, caller, %offer, "call arrived");
        }
        CallEvent::Decided(decision) => log_decision(decision),
        CallEvent::Ended { reason, talk_ms, billable, revenue, hangup_reason } => {
            let revenue = revenue.as_ref().map(tracing::field::display);
            tracing::info!(%reason, talk_ms, billable, revenue, hangup_reason, "call ended");
        }
        _ => {}
    }
}

fn log_decision(decision: &Decision) {
    let Decision { id, offer, book_version, .. } = decision;
    let picks = decision.picks().count();
    match decision.first() {
        Some(first) => {
            let contract = first.contract;
            tracing::info!(decision = %id, %offer, book_version, picks, first = %contract, "call routed");
        }
        None => {
            let skipped = skipped(decision);
            tracing::info!(decision = %id, %offer, book_version, picks, skipped, "call routed");
        }
    }
}

/// Returns the most frequent reasons why contracts were passed over: `closed 4, cap_day 1`.
fn skipped(decision: &Decision) -> String {
    let mut counts: Vec<(Skip, usize)> = Vec::new();
    for skip in decision.reasons().flatten() {
        match counts.iter_mut().find(|(known, _)| *known == skip) {
            Some((_, count)) => *count += 1,
            None => counts.push((skip, 1)),
        }
    }
    counts.sort_by_key(|(skip, count)| (std::cmp::Reverse(*count), *skip));
    let mut text = String::new();
    for (skip, count) in counts.iter().take(SKIPS_SHOWN) {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{skip} {count}");
    }
    if text.is_empty() { "no contract in the offer".to_owned() } else { text }
}
