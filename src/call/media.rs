//! What the media of a bridged call were, for its record.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::quality::Mos;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;

/// Longest wait for the media task's reports after the end of a call.
const REPORT_WAIT: Duration = Duration::from_secs(1);

/// Media of a bridged SIP call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallMedia {
    /// What the switch received from the caller; `None` if the media task gave no report.
    pub caller: Option<Traffic>,
    /// What the switch received from the buyer or the fixed destination.
    pub buyer: Option<Traffic>,
    /// Who never sent audio while the two were connected; `None` if both did.
    pub silent: Option<Silent>,
}

/// What the switch received on one leg.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Packets of audio and telephone events.
    pub packets: u64,
    /// Their payload in bytes.
    pub bytes: u64,
    /// Packets that were lost on the way, by their sequence numbers.
    pub lost: u64,
    /// Interarrival jitter at the end (RFC 3550 §6.4.1), in milliseconds.
    pub jitter_ms: u64,
    /// Datagrams from addresses that do not belong to the leg, which were ignored.
    pub from_elsewhere: u64,
    /// Packets above the rate that a leg accepts, which were dropped.
    #[serde(default)]
    pub over_rate: u64,
    /// Estimate of how it sounded to the other party; `None` without packets.
    #[serde(default)]
    pub mos: Option<Mos>,
    /// What the far end reported of what the switch sent it; `None` if it reported nothing.
    #[serde(default)]
    pub far_end: Option<FarEnd>,
}

/// What a far end reported of what the switch sent it (RFC 3550 §6.4.1); the last report counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarEnd {
    /// Packets that were lost on the way.
    pub lost: u64,
    /// Interarrival jitter, in milliseconds.
    pub jitter_ms: u64,
    /// Time to the far end and back in milliseconds, without its processing; `None` if it did not
    /// answer a report of the switch.
    pub round_trip_ms: Option<u64>,
}

/// Parties that never sent audio while they were connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silent {
    /// The caller.
    Caller,
    /// The buyer, or the fixed destination.
    Buyer,
    /// Neither was heard.
    Both,
}

impl Silent {
    /// All values.
    pub const ALL: &'static [Silent] = &[Silent::Caller, Silent::Buyer, Silent::Both];

    /// Returns the value in the record.
    pub const fn name(self) -> &'static str {
        match self {
            Silent::Caller => "caller",
            Silent::Buyer => "buyer",
            Silent::Both => "both",
        }
    }
}

/// What is known of the media of the call's legs.
#[derive(Debug, Default)]
pub(super) struct MediaWatch {
    /// Legs that sent audio while bridged.
    heard: BTreeSet<LegId>,
    /// Legs whose report is awaited, and until when.
    awaited: BTreeSet<LegId>,
    until: Option<Mono>,
}

impl MediaWatch {
    /// Records that a leg sent audio while bridged.
    pub(super) fn heard(&mut self, leg: LegId) {
        self.heard.insert(leg);
    }

    /// Takes the place of a leg by another: who talked on one was heard on both.
    pub(super) fn replace(&mut self, leg: LegId, by: LegId) {
        if self.heard.remove(&leg) {
            self.heard.insert(by);
        }
    }

    /// Returns who was not heard.
    pub(super) fn silent(&self, caller: LegId, buyer: LegId) -> Option<Silent> {
        match (self.heard.contains(&caller), self.heard.contains(&buyer)) {
            (true, true) => None,
            (false, true) => Some(Silent::Caller),
            (true, false) => Some(Silent::Buyer),
            (false, false) => Some(Silent::Both),
        }
    }

    /// Begins to wait for the reports of both legs.
    pub(super) fn await_reports(&mut self, legs: [LegId; 2], now: Now) {
        self.awaited = BTreeSet::from(legs);
        self.until = Some(now.mono + REPORT_WAIT);
    }

    /// Takes a report. Returns false if it was not awaited.
    pub(super) fn reported(&mut self, leg: LegId) -> bool {
        let awaited = self.awaited.remove(&leg);
        if self.awaited.is_empty() {
            self.until = None;
        }
        awaited
    }

    /// Gives up waiting, if it is time. Returns true if it is.
    pub(super) fn give_up(&mut self, now: Now) -> bool {
        let is_due = self.until.is_some_and(|until| now.mono >= until);
        if is_due {
            self.awaited.clear();
            self.until = None;
        }
        is_due
    }

    /// Returns when the wait ends; `None` if nothing is awaited.
    pub(super) const fn until(&self) -> Option<Mono> {
        self.until
    }
}
