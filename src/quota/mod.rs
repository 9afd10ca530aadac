//! Quota: where holds live when several calls take from the same caps at once.
//!
//! One trait; every implementation passes `conformance`. A reservation touches a contract, its
//! buyer and its offer together, and must see and change all three in one step.

#[cfg(test)]
mod conformance;
mod memory;

use std::time::Duration;

use crate::base::HoldId;
use crate::base::Now;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Settled;

pub use memory::Memory;

/// Shared counters and holds. Every operation is atomic and, by hold id, idempotent; what each
/// does is told at [`Counters`](crate::caps::Counters).
pub trait Quota: Send + Sync + std::fmt::Debug {
    /// Takes a unit of every ceiling or, naming the full cap, of none.
    fn reserve(
        &self,
        id: HoldId,
        ceilings: &[Ceiling],
        now: Now,
        ttl: Duration,
    ) -> Result<(), Refused>;

    /// The attempt won: its units are spent.
    fn commit(&self, id: HoldId) -> Settled;

    /// The attempt failed: its units come back.
    fn release(&self, id: HoldId) -> Settled;

    /// The call is over: its concurrent units come back.
    fn end(&self, id: HoldId) -> Settled;

    /// The call lives: its hold expires `ttl` from now.
    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> Settled;

    /// Closes the holds whose time is up; says how many there were.
    fn sweep(&self, now: Now) -> usize;

    /// The first window of a ceiling without a unit left, at this moment.
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full>;

    /// Units used or held under a key, at this moment.
    fn used(&self, key: &CapKey) -> u64;

    /// Raises a counter to at least what the records say; before calls are taken.
    fn raise(&self, key: &CapKey, units: u64);

    /// How many holds are open.
    fn live(&self) -> usize;
}
