//! Reservations, wherever they are kept.

use std::time::Duration;

use super::QuotaAnswer;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Wall;
use crate::caps::Again;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Level;
use crate::caps::Lost;
use crate::caps::Mark;
use crate::caps::Refused;
use crate::caps::Room;
use crate::caps::Settle;
use crate::caps::Settled;

/// Shared counters and holds. Every operation is atomic and, by hold id, idempotent; what each
/// does is documented at [`Counters`](crate::caps::Counters). Answers about one hold are exact only if
/// each operation on it begins after the one before was answered.
pub trait Holds: Send + Sync + std::fmt::Debug {
    /// Takes a unit of every ceiling, its price and the marks of whom it sells; or, naming the
    /// full cap or the duplicate, nothing. Returns which ceilings have no room for another like it.
    fn reserve<'a>(
        &'a self,
        id: HoldId,
        ceilings: &'a [Ceiling],
        claim: Claim<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Result<Room, Refused>>;

    /// Takes again what a hold had that was lost although its call lives, above a cap if need be.
    fn reserve_again<'a>(
        &'a self,
        id: HoldId,
        lost: Lost<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Again>;

    /// Ends a hold, or its call.
    fn settle(&self, id: HoldId, how: Settle) -> QuotaAnswer<'_, Settled>;

    /// The call lives: its hold expires `ttl` from now.
    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> QuotaAnswer<'_, Settled>;

    /// Closes the holds whose time is up; returns how many were closed.
    fn sweep(&self, now: Now) -> QuotaAnswer<'_, usize>;

    /// Raises a counter to at least the units and micros that the records say; before calls are
    /// taken.
    fn raise<'a>(&'a self, key: &'a CapKey, units: u64, micros: i64) -> QuotaAnswer<'a, ()>;

    /// Adds micros to a buyer's balance; below zero it takes away.
    fn credit<'a>(&'a self, level: &'a Level, micros: i64) -> QuotaAnswer<'a, ()>;

    /// Remembers whom a sale of the records went to.
    fn remember(&self, mark: Mark, at: Wall) -> QuotaAnswer<'_, ()>;
}
