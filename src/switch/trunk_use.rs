//! How many calls each trunk carries now at this node, and how fast they come.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::gate::Gate;
use crate::base::Mono;
use crate::base::TrunkId;
use crate::book::Trunk;

/// The calls of each trunk, in both directions. An entry for each trunk that has carried a call
/// since the start.
#[derive(Debug, Clone, Default)]
pub struct TrunkUse(Arc<Mutex<HashMap<TrunkId, Used>>>);

#[derive(Debug)]
struct Used {
    calls: u32,
    gate: Gate,
}

/// A limit of a trunk that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrunkFull {
    /// It carries as many calls as it may.
    CallsAtOnce,
    /// Calls come faster than it may take them.
    CallsPerSecond,
}

/// A call that counts for its trunk until this is dropped.
#[derive(Debug)]
#[must_use = "the call counts for its trunk as long as this lives"]
pub(super) struct TrunkSeat {
    used: TrunkUse,
    trunk: TrunkId,
}

impl TrunkUse {
    /// Counts one more call of a trunk.
    ///
    /// # Errors
    /// [`TrunkFull`]: a limit is reached; the call must not be made or taken.
    pub(super) fn take(&self, trunk: &Trunk, now: Mono) -> Result<TrunkSeat, TrunkFull> {
        let mut all = self.lock();
        let used = all.entry(trunk.id.clone()).or_insert_with(|| {
            let gate = Gate::new(now);
            Used { calls: 0, gate }
        });
        if trunk.calls_at_once.is_some_and(|most| used.calls >= most) {
            return Err(TrunkFull::CallsAtOnce);
        }
        if trunk.calls_per_second.is_some_and(|rate| !used.gate.pass(rate, now)) {
            return Err(TrunkFull::CallsPerSecond);
        }
        used.calls += 1;
        Ok(TrunkSeat { used: self.clone(), trunk: trunk.id.clone() })
    }

    /// Returns the number of calls that a trunk carries.
    pub fn calls(&self, trunk: &TrunkId) -> u32 {
        self.lock().get(trunk).map_or(0, |used| used.calls)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TrunkId, Used>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TrunkSeat {
    /// Returns the trunk.
    pub(super) fn trunk(&self) -> &TrunkId {
        &self.trunk
    }
}

impl Drop for TrunkSeat {
    fn drop(&mut self) {
        if let Some(used) = self.used.lock().get_mut(&self.trunk) {
            used.calls = used.calls.saturating_sub(1);
        }
    }
}

impl fmt::Display for TrunkFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrunkFull::CallsAtOnce => "calls_at_once",
            TrunkFull::CallsPerSecond => "calls_per_second",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn trunk(keys: &str) -> Trunk {
        let text = format!("[[trunk]]\nid = \"t\"\noutbound = \"sip:a\"\n{keys}\n");
        crate::book::parse("b", &text).0.unwrap().trunks.remove(0)
    }

    fn at(seconds: u64) -> Mono {
        Mono::from_nanos(0) + Duration::from_secs(100 + seconds)
    }

    #[test]
    fn calls_count_until_their_seats_are_dropped() {
        let (used, trunk) = (TrunkUse::default(), trunk("calls_at_once = 2"));
        let first = used.take(&trunk, at(0)).unwrap();
        let second = used.take(&trunk, at(0)).unwrap();
        assert_eq!(used.take(&trunk, at(0)).unwrap_err(), TrunkFull::CallsAtOnce);
        drop(first);
        let third = used.take(&trunk, at(0)).unwrap();
        assert_eq!(used.calls(&trunk.id), 2);
        drop((second, third));
        assert_eq!(used.calls(&trunk.id), 0);
    }

    #[test]
    fn a_refused_call_is_not_counted() {
        let (used, trunk) = (TrunkUse::default(), trunk("calls_per_second = 3"));
        let seats: Vec<_> = (0..10).filter_map(|_| used.take(&trunk, at(0)).ok()).collect();
        assert_eq!((seats.len(), used.calls(&trunk.id)), (3, 3));
        assert_eq!(used.take(&trunk, at(0)).unwrap_err(), TrunkFull::CallsPerSecond);
        let seats: Vec<_> = (0..10).filter_map(|_| used.take(&trunk, at(1)).ok()).collect();
        assert_eq!(seats.len(), 3);
    }

    /// Eight threads take and give back seats as fast as they can.
    #[test]
    fn many_at_once_never_exceed_the_limit() {
        let (used, trunk) = (TrunkUse::default(), trunk("calls_at_once = 5"));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let seat = used.take(&trunk, at(0));
                        assert!(used.calls(&trunk.id) <= 5);
                        drop(seat);
                    }
                });
            }
        });
        assert_eq!(used.calls(&trunk.id), 0);
        let seats: Vec<_> = (0..10).filter_map(|_| used.take(&trunk, at(0)).ok()).collect();
        assert_eq!(seats.len(), 5);
    }
}
