//! Holds in this process's memory.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use super::Quota;
use crate::base::HoldId;
use crate::base::Now;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Counters;
use crate::caps::Full;
use crate::caps::Periods;
use crate::caps::Refused;
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
        now: Now,
        ttl: Duration,
    ) -> Result<(), Refused> {
        self.counters().reserve(id, ceilings, now, ttl)
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

    fn raise(&self, key: &CapKey, units: u64) {
        self.counters().raise(key, units);
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
