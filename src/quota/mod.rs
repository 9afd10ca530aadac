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
use crate::base::Wall;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Room;
use crate::caps::Settled;

pub use memory::Memory;

/// Shared counters and holds. Every operation is atomic and, by hold id, idempotent; what each
/// does is told at [`Counters`](crate::caps::Counters).
pub trait Quota: Send + Sync + std::fmt::Debug {
    /// Takes a unit of every ceiling, its price and the marks of whom it sells; or, naming the
    /// full cap or the duplicate, nothing. Says which ceilings have no room for another like it.
    fn reserve(
        &self,
        id: HoldId,
        ceilings: &[Ceiling],
        claim: Claim<'_>,
        now: Now,
        ttl: Duration,
    ) -> Result<Room, Refused>;

    /// The attempt won: its units are spent, and whom it sold is remembered.
    fn commit(&self, id: HoldId) -> Settled;

    /// The attempt failed: its units come back.
    fn release(&self, id: HoldId) -> Settled;

    /// The call is over: its concurrent units come back.
    fn end(&self, id: HoldId) -> Settled;

    /// The call is over and not billable: its concurrent units and its price come back.
    fn end_unbilled(&self, id: HoldId) -> Settled;

    /// The call lives: its hold expires `ttl` from now.
    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> Settled;

    /// Closes the holds whose time is up; says how many there were.
    fn sweep(&self, now: Now) -> usize;

    /// The first cap of a ceiling without room, at this moment.
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full>;

    /// Units used or held under a key, at this moment.
    fn used(&self, key: &CapKey) -> u64;

    /// Micros spent or held under a key, at this moment.
    fn spent(&self, key: &CapKey) -> i64;

    /// Raises a counter to at least the units and micros that the records say; before calls are
    /// taken.
    fn raise(&self, key: &CapKey, units: u64, micros: i64);

    /// Adds micros to a buyer's balance; below zero it takes away.
    fn credit(&self, level: &Level, micros: i64);

    /// Micros left of a balance, without what is held.
    fn balance(&self, level: &Level) -> i64;

    /// Nobody answered a contract's call: it may rest from now on.
    fn unanswered(&self, ceiling: &Ceiling, at: Wall);

    /// Somebody answered a contract's call: the count towards its rest begins anew.
    fn answered(&self, ceiling: &Ceiling);

    /// Remembers whom a sale of the records went to.
    fn remember(&self, mark: Mark, at: Wall);

    /// When a mark was sold within its window before an instant, or since when an open hold is
    /// selling it.
    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall>;

    /// How many holds are open.
    fn live(&self) -> usize;
}
