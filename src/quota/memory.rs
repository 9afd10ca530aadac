//! Holds in this process's memory.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use super::Quota;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Wall;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Counters;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Room;
use crate::caps::Settled;

/// All counters behind one mutex, held for well under a microsecond at a time. A mutex per account
/// would let reservations of unrelated offers pass each other, but one reservation spans three
/// accounts, so that three locks would have to be taken in order; one is simple, exact, and never
/// refuses what a doomed reservation holds for a moment.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Counters>);

impl Memory {
    /// Counters that stand at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// No operation leaves the counters half changed but by a panic within it; then the integers
    /// are still the best that is known, and refusing all calls would be worse.
    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Quota for Memory {
    fn reserve(
        &self,
        id: HoldId,
        ceilings: &[Ceiling],
        claim: Claim<'_>,
        now: Now,
        ttl: Duration,
    ) -> Result<Room, Refused> {
        self.counters().reserve(id, ceilings, claim, now, ttl)
    }

    fn commit(&self, id: HoldId) -> Settled {
        self.counters().commit(id)
    }

    fn release(&self, id: HoldId) -> Settled {
        self.counters().release(id)
    }

    fn end(&self, id: HoldId) -> Settled {
        self.counters().end(id)
    }

    fn end_unbilled(&self, id: HoldId) -> Settled {
        self.counters().end_unbilled(id)
    }

    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> Settled {
        self.counters().renew(id, now, ttl)
    }

    fn sweep(&self, now: Now) -> usize {
        self.counters().sweep(now)
    }

    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.counters().full(ceiling, periods)
    }

    fn used(&self, key: &CapKey) -> u64 {
        self.counters().used(key)
    }

    fn spent(&self, key: &CapKey) -> i64 {
        self.counters().spent(key)
    }

    fn raise(&self, key: &CapKey, units: u64, micros: i64) {
        self.counters().raise(key, units, micros);
    }

    fn credit(&self, level: &Level, micros: i64) {
        self.counters().credit(level, micros);
    }

    fn balance(&self, level: &Level) -> i64 {
        self.counters().balance(level)
    }

    fn unanswered(&self, ceiling: &Ceiling, at: Wall) {
        self.counters().unanswered(ceiling, at);
    }

    fn answered(&self, ceiling: &Ceiling) {
        self.counters().answered(ceiling);
    }

    fn remember(&self, mark: Mark, at: Wall) {
        self.counters().remember(mark, at);
    }

    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        self.counters().sold(mark, now)
    }

    fn live(&self) -> usize {
        self.counters().live()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conforms() {
        crate::quota::conformance::all(Memory::new);
    }
}
