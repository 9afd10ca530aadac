//! Calls that are refused before they get a record: logged, counted, and kept in a bounded list.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use super::tally::Tally;
use crate::base::Carrier;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Phone;
use crate::base::RefusalReason;
use crate::base::Sparse;
use crate::base::Wall;
use crate::call::Ingress;
use crate::call::RefusedCalls;
use crate::placing::Arrival;
use crate::placing::Refusal;
use crate::sip::Proof;
use crate::sip::RefusedInvite;
use crate::sip::Sender;

/// Most entries of one reason. A new one replaces the one that was repeated least recently.
pub const REFUSED_MAX: usize = 100;
/// Most lines of the log for one reason in [`LOG_WINDOW`]. Further refusals are counted only.
const LOG_LINES_MAX: u32 = 20;
/// The time for which [`LOG_LINES_MAX`] counts.
const LOG_WINDOW: Duration = Duration::from_secs(10);
/// Longest dialled text that is shown, in characters.
const CALLED_CHARS_MAX: usize = 40;

/// A call that is being refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// Why.
    pub(super) reason: RefusalReason,
    /// Where it came from.
    pub(super) from: String,
    /// What was dialled, as its sender wrote it.
    pub(super) called: Option<String>,
    /// The caller.
    pub(super) caller: Option<Phone>,
    /// What happened, and what to do about it.
    pub(super) remedy: String,
}

/// The calls that were refused since the start.
#[derive(Debug)]
pub struct Refusals {
    counts: Tally<RefusalReason>,
    kept: Mutex<BTreeMap<RefusalReason, Kept>>,
}

/// The entries of one reason.
#[derive(Debug, Default)]
struct Kept {
    entries: Vec<Entry>,
    /// The end of the current log window, and the lines written in it.
    window_end: Mono,
    lines: u32,
}

#[derive(Debug)]
struct Entry {
    calls: RefusedCalls,
    log: Sparse,
}

impl Default for Refusals {
    fn default() -> Self {
        Self { counts: Tally::new(RefusalReason::ALL), kept: Mutex::default() }
    }
}

impl Refusals {
    /// Counts, keeps and logs a refusal. An entry is logged when it is new, and then once each ten
    /// seconds with the number of refusals in between.
    pub(super) fn note(&self, refused: Refused, now: Now) {
        self.counts.add(refused.reason);
        // An entry is changed in one piece; a panic elsewhere leaves none half changed.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let logged = kept.entry(refused.reason).or_default().note(&refused, now);
        drop(kept);
        if let Some(unlogged) = logged {
            log(&refused, unlogged);
        }
    }

    /// Returns the refused calls, latest first: at most [`REFUSED_MAX`] entries for each reason.
    pub fn list(&self) -> Vec<RefusedCalls> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = kept.values().flat_map(|kept| &kept.entries);
        let mut all: Vec<RefusedCalls> = entries.map(|entry| entry.calls.clone()).collect();
        all.sort_by_key(|calls| std::cmp::Reverse(calls.last_at));
        all
    }

    /// Removes the refused calls of which none came at `before` or later. Returns when the last call
    /// came of the entry that is then the oldest.
    pub fn remove(&self, before: Wall) -> Option<Wall> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for of_reason in kept.values_mut() {
            of_reason.entries.retain(|entry| entry.calls.last_at >= before);
        }
        let entries = kept.values().flat_map(|kept| &kept.entries);
        entries.map(|entry| entry.calls.last_at).min()
    }

    /// Removes the caller from the refused calls of a number.
    pub(super) fn forget(&self, caller: &Phone) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = kept.values_mut().flat_map(|kept| &mut kept.entries);
        for entry in entries.filter(|entry| entry.calls.caller.as_ref() == Some(caller)) {
            entry.calls.caller = None;
        }
    }

    /// Returns how many calls were refused since the start, by reason.
    pub fn counts(&self) -> Vec<(RefusalReason, u64)> {
        self.counts.read()
    }
}

impl Kept {
    /// Returns the number of unlogged refusals before this one if this one is to be logged.
    fn note(&mut self, refused: &Refused, now: Now) -> Option<u64> {
        let place = match self.entries.iter().position(|entry| entry.takes(refused)) {
            Some(place) => place,
            None => self.add(refused, now),
        };
        let entry = self.entries.get_mut(place)?;
        entry.calls.called.clone_from(&refused.called);
        entry.calls.caller.clone_from(&refused.caller);
        entry.calls.remedy.clone_from(&refused.remedy);
        entry.calls.count += 1;
        entry.calls.last_at = now.wall;
        let unlogged = entry.log.take(now.mono)?;
        if now.mono >= self.window_end {
            (self.window_end, self.lines) = (now.mono + LOG_WINDOW, 0);
        }
        self.lines += 1;
        (self.lines <= LOG_LINES_MAX).then_some(unlogged)
    }

    /// Adds an entry and returns its place.
    fn add(&mut self, refused: &Refused, now: Now) -> usize {
        let Refused { reason, from, called, caller, remedy } = refused.clone();
        let (first_at, last_at) = (now.wall, now.wall);
        let calls =
            RefusedCalls { reason, from, called, caller, count: 0, first_at, last_at, remedy };
        let entry = Entry { calls, log: Sparse::default() };
        let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.calls.last_at);
        match oldest.map(|(place, _)| place).filter(|_| self.entries.len() >= REFUSED_MAX) {
            Some(place) => {
                if let Some(old) = self.entries.get_mut(place) {
                    *old = entry;
                }
                place
            }
            None => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
        }
    }
}

impl Entry {
    /// Returns whether a refusal is another of this entry. One number is one thing to mend; what a
    /// stranger dials, or what comes while there is no room, is not.
    fn takes(&self, refused: &Refused) -> bool {
        use RefusalReason as Reason;
        let same_number = match refused.reason {
            Reason::NotANumber | Reason::UnknownNumber | Reason::Loop | Reason::NoFlow => {
                self.calls.called == refused.called
            }
            // Each bid has an address of its own.
            Reason::NoBid
            | Reason::Withheld
            | Reason::CallerRate
            | Reason::UnknownSource
            | Reason::WrongCredentials
            | Reason::UnnamedSource
            | Reason::Forged
            | Reason::InvalidRequest
            | Reason::Stopping
            | Reason::MaxCalls
            | Reason::CallsPerSecond
            | Reason::TrunkFull
            | Reason::TrunkRate
            | Reason::JournalFull
            | Reason::JournalFailing
            | Reason::NoPorts
            | Reason::Database => true,
        };
        same_number && self.calls.from == refused.from
    }
}

fn log(refused: &Refused, unlogged: u64) {
    use RefusalReason as Reason;
    let Refused { reason, from, called, caller, remedy } = refused;
    let caller = caller.as_ref().map(tracing::field::display);
    match reason {
        Reason::NoFlow
        | Reason::JournalFull
        | Reason::JournalFailing
        | Reason::NoPorts
        | Reason::Database => {
            tracing::error!(%reason, from, called, caller, unlogged, "call refused: {remedy}");
        }
        Reason::UnknownSource
        | Reason::WrongCredentials
        | Reason::UnnamedSource
        | Reason::Forged
        | Reason::InvalidRequest
        | Reason::NotANumber
        | Reason::UnknownNumber
        | Reason::NoBid
        | Reason::Loop
        | Reason::Stopping
        | Reason::MaxCalls
        | Reason::CallsPerSecond
        | Reason::TrunkFull
        | Reason::TrunkRate
        | Reason::Withheld
        | Reason::CallerRate => {
            tracing::warn!(%reason, from, called, caller, unlogged, "call refused: {remedy}");
        }
    }
}

impl Refused {
    /// Returns the refusal of a call that was not placed. The dialled number is the operator's, so
    /// it is shown whole.
    pub(super) fn unplaced(refusal: &Refusal, arrival: &Arrival) -> Self {
        let called = arrival.called.first().filter(|called| !called.is_empty());
        let (reason, remedy) = match refusal {
            Refusal::NotANumber => (
                RefusalReason::NotANumber,
                format!("{refusal}: let the carrier send the dialled number in E.164"),
            ),
            Refusal::UnknownNumber(_) => (
                RefusalReason::UnknownNumber,
                format!("{refusal}: add a [[number]], or have the carrier remove it"),
            ),
            Refusal::Withheld => (
                RefusalReason::Withheld,
                format!("433: {refusal}; `[spam] withheld` refuses such calls"),
            ),
            Refusal::CallerRate => (
                RefusalReason::CallerRate,
                format!(
                    "603: {refusal}; raise `[spam] calls_per_minute` if these calls are wanted"
                ),
            ),
            Refusal::Loop(_) => (
                RefusalReason::Loop,
                format!(
                    "482: {refusal}: have the buyer's exchange not forward calls to this number"
                ),
            ),
            Refusal::Bid { .. } => (
                RefusalReason::NoBid,
                format!("{refusal}: the source calls within the bid's life, once, as its caller"),
            ),
            Refusal::NoFlow { .. } => {
                (RefusalReason::NoFlow, format!("{refusal}: add its file, or correct its faults"))
            }
        };
        Self {
            reason,
            from: arrival.ingress.to_string(),
            called: called.map(|called| shown(called)),
            caller: arrival.caller(None),
            remedy,
        }
    }

    /// Returns the refusal of an INVITE that the agent rejected.
    pub(super) fn invite(invite: &RefusedInvite) -> Self {
        let RefusedInvite { source, sender, status, proof, called } = invite;
        let address = source.ip();
        let (reason, remedy) = match (sender, status) {
            (Sender::Proxy, _) => (
                RefusalReason::UnnamedSource,
                format!(
                    "{status}: let the proxy {address} put the caller's address, and nothing else, \
                     into the header of `[sip] source_header`, and remove what the caller sent"
                ),
            ),
            (Sender::Stranger, _) if *proof == Proof::WrongCredentials => (
                RefusalReason::WrongCredentials,
                format!(
                    "{status}: {address} called with a user name or a password that no trunk has; \
                     compare them with `[credentials]`"
                ),
            ),
            (Sender::Stranger, 401) => (
                RefusalReason::UnknownSource,
                format!(
                    "401: {address} is in no trunk's accept_from, and was asked for credentials; \
                     add it to its trunk if its calls are expected without"
                ),
            ),
            (Sender::Stranger, _) => (
                RefusalReason::UnknownSource,
                format!(
                    "{status}: {address} is in no trunk's accept_from; add it to its trunk if its \
                     calls are expected"
                ),
            ),
            (Sender::Trusted(_), 503) => (
                RefusalReason::MaxCalls,
                "503: the tables of SIP sessions or transactions are full; raise `[sip] \
                 max_calls`"
                    .to_owned(),
            ),
            (Sender::Trusted(_), _) => (
                RefusalReason::InvalidRequest,
                format!(
                    "{status}: the carrier's INVITE breaks SIP or asks for what is not supported"
                ),
            ),
        };
        let from = match sender {
            Sender::Trusted(trunk) => trunk.to_string(),
            Sender::Proxy | Sender::Stranger => address.to_string(),
        };
        let called = Some(shown(called)).filter(|called| !called.is_empty());
        Self { reason, from, called, caller: None, remedy }
    }

    /// Returns the refusal of a call that the switch cannot take now.
    pub(super) fn unavailable(reason: RefusalReason, arrival: &Arrival) -> Self {
        use RefusalReason as Reason;
        let remedy = match reason {
            Reason::MaxCalls => "as many calls are live as `[sip] max_calls` allows; raise it",
            Reason::CallsPerSecond => {
                "new calls come faster than `[sip] calls_per_second` allows; raise it"
            }
            Reason::TrunkFull => "the trunk has as many calls as its `calls_at_once`; raise it",
            Reason::TrunkRate => {
                "calls of the trunk come faster than its `calls_per_second`; raise it"
            }
            Reason::JournalFull => {
                "the journal is three quarters full; check the database, which takes no facts"
            }
            Reason::JournalFailing => "the journal cannot be written; check its disk",
            Reason::NoPorts => "no RTP ports; widen `[media] ports` or raise `ulimit -n`",
            Reason::Database => "the database cannot be used; check its disk and what locks it",
            Reason::Stopping
            | Reason::Withheld
            | Reason::CallerRate
            | Reason::UnknownSource
            | Reason::WrongCredentials
            | Reason::UnnamedSource
            | Reason::Forged
            | Reason::InvalidRequest
            | Reason::NotANumber
            | Reason::UnknownNumber
            | Reason::NoBid
            | Reason::Loop
            | Reason::NoFlow => reason.sentence(),
        };
        Self {
            reason,
            from: arrival.ingress.to_string(),
            called: arrival.called.first().map(|called| shown(called)),
            caller: arrival.caller(None),
            remedy: remedy.to_owned(),
        }
    }

    /// Adds the error that caused the refusal.
    pub(super) fn caused_by(mut self, error: &dyn std::fmt::Display) -> Self {
        self.remedy = format!("{}: {error}", self.remedy);
        self
    }

    /// Returns the refusal of a webhook that its carrier has not signed.
    pub(super) fn forged(carrier: Carrier, from: Option<IpAddr>, why: &str) -> Self {
        let peer = from.map_or_else(String::new, |address| format!(" from {address}"));
        let remedy = format!("a webhook of {carrier}{peer} is not signed by its carrier: {why}");
        let from = Ingress::Webhook(carrier).to_string();
        Self { reason: RefusalReason::Forged, from, called: None, caller: None, remedy }
    }
}

/// Returns a text of a stranger for a log line: without control characters, and not too long.
fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().take(CALLED_CHARS_MAX).map(plain).collect()
}

#[cfg(test)]
mod tests;
