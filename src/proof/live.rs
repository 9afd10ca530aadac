//! Live calls: how many hold a unit at the same time, and when they were last seen.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use super::Difference;
use super::Differences;
use super::Kind;
use super::LISTED_MAX;
use super::LiveLimits;
use super::StoredCall;
use super::call::subject;
use crate::base::Wall;
use crate::call::CallState;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Window;

/// How long a live call may have no heartbeat: the lifetime of a hold, and one heartbeat more.
pub(super) const UNSEEN_MAX: Duration = Duration::from_secs(65);

/// Concurrent units of one account.
#[derive(Debug, Clone, Copy)]
struct Units {
    count: u64,
    /// Time of the newest hold.
    newest: Wall,
}

/// Live calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Live {
    units: BTreeMap<Level, Units>,
    /// Calls without a heartbeat; at most [`LISTED_MAX`].
    unseen: Vec<Difference>,
}

impl Live {
    /// Adds a call. `running` is the time if a switch runs.
    pub(super) fn call(&mut self, call: &StoredCall, running: Option<Wall>) {
        if call.record.state != CallState::Live {
            return;
        }
        for taken in call.sales.iter().filter_map(|sale| sale.taken.as_ref()) {
            let levels: BTreeSet<&Level> = taken.units.iter().map(|key| &key.level).collect();
            for level in levels {
                let units = self.units.entry(level.clone());
                let units = units.or_insert(Units { count: 0, newest: taken.at });
                units.count += 1;
                units.newest = units.newest.max(taken.at);
            }
        }
        let Some(now) = running.filter(|_| call.carrier_calls.live == 0) else { return };
        let unseen = now.since(call.seen_at);
        if unseen > UNSEEN_MAX && self.unseen.len() < LISTED_MAX {
            let kind = Kind::CallNotSeen;
            let detail = format!("live, and last seen {} s ago", unseen.as_secs());
            let subject = subject(&call.record);
            self.unseen.push(Difference { invariant: kind.invariant(), kind, subject, detail });
        }
    }

    /// Compares the units with the limits. While facts wait to be applied, heartbeats do too.
    pub(super) fn finish(self, limits: &LiveLimits, waiting: u64, found: &mut Differences) {
        for (level, units) in self.units {
            let limit = limits.accounts.get(&level).map(Limits::from);
            let limit = limit.and_then(|limit| limit.of(Window::Concurrent));
            let Some(limit) = limit.filter(|_| units.newest >= limits.since) else { continue };
            if units.count > limit {
                let detail = format!("{} live calls, limit {limit}", units.count);
                found.add(Kind::ConcurrencyExceeded, level.to_string(), detail);
            }
        }
        if waiting == 0 {
            for Difference { kind, subject, detail, invariant: _ } in self.unseen {
                found.add(kind, subject, detail);
            }
        }
    }
}
