//! Parties that hold a call, and their last signs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;

/// Parties that hold the call.
#[derive(Debug, Default)]
pub(super) struct Holding {
    pub(super) by: BTreeSet<LegId>,
    /// Last sign of each party since the hold of a bridged call began.
    pub(super) alive: BTreeMap<LegId, Mono>,
    /// Time of the next OPTIONS.
    pub(super) probe_at: Option<Mono>,
}

impl Holding {
    /// Returns when the next OPTIONS is due.
    pub(super) const fn deadline(&self) -> Option<Mono> {
        self.probe_at
    }

    /// Records a sign of a party.
    pub(super) fn alive(&mut self, leg: LegId, now: Now) {
        if let Some(at) = self.alive.get_mut(&leg) {
            *at = now.mono;
        }
    }

    /// Returns how long a party has given no sign; zero if the call is not held.
    pub(super) fn unheard(&self, leg: LegId, now: Now) -> Duration {
        self.alive.get(&leg).map_or(Duration::ZERO, |at| now.mono.since(*at))
    }
}
