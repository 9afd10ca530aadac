//! Reservations, independent of where they are stored.

use std::time::Duration;

use super::Applied;
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
use crate::caps::MarkKey;
use crate::caps::Refused;
use crate::caps::Room;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::store::CapCount;
use crate::store::SoldMark;

/// Shared counters and holds. Every operation is atomic and, by hold id, idempotent; each is
/// documented at [`Counters`](crate::caps::Counters). Answers about one hold are exact only if each
/// operation on it begins after the previous one was answered.
pub trait Holds: Send + Sync + std::fmt::Debug {
    /// Takes a unit of every ceiling, its price and the marks of the person sold; or nothing, and
    /// returns the full cap or the duplicate. Returns the ceilings without room for another like
    /// it.
    fn reserve<'a>(
        &'a self,
        id: HoldId,
        ceilings: &'a [Ceiling],
        claim: Claim<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Result<Room, Refused>>;

    /// Takes the units of a lost hold again while its call lives, above a cap if necessary.
    fn reserve_again<'a>(
        &'a self,
        id: HoldId,
        lost: Lost<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Again>;

    /// Settles a hold, or ends its call.
    fn settle(&self, id: HoldId, how: Settle) -> QuotaAnswer<'_, Settled>;

    /// Renews the hold of a live call: it expires `ttl` from now.
    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> QuotaAnswer<'_, Settled>;

    /// Closes expired holds; returns the number closed.
    fn sweep(&self, now: Now) -> QuotaAnswer<'_, usize>;

    /// Raises a counter to at least the recorded units and micros, before calls are taken.
    fn raise<'a>(&'a self, key: &'a CapKey, units: u64, micros: i64) -> QuotaAnswer<'a, ()>;

    /// Raises many counters like [`Holds::raise`].
    fn raise_all<'a>(&'a self, counts: &'a [CapCount]) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(async move {
            for CapCount { key, used, micros } in counts {
                self.raise(key, *used, *micros).await;
            }
        })
    }

    /// Adds units and micros to what is used and spent under keys, for an event after the sale;
    /// negative ones are given back. `posting` is the event's number in the ledger: shared counters
    /// apply it once, whichever node is first, and events in the order of their numbers.
    fn correct<'a>(
        &'a self,
        posting: u64,
        keys: &'a [CapKey],
        units: i64,
        micros: i64,
    ) -> QuotaAnswer<'a, ()>;

    /// Adds micros to a buyer's balance; a negative amount subtracts. `entry` is the number in the
    /// ledger of balances, for an entry that was made while calls are taken: shared counters apply
    /// it once.
    fn credit<'a>(
        &'a self,
        entry: Option<u64>,
        level: &'a Level,
        micros: i64,
    ) -> QuotaAnswer<'a, ()>;

    /// Remembers the mark of a recorded sale.
    fn remember(&self, mark: Mark, at: Wall) -> QuotaAnswer<'_, ()>;

    /// Remembers many recorded sales.
    fn remember_all<'a>(&'a self, sold: &'a [SoldMark]) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(async move {
            for SoldMark { mark, at } in sold {
                self.remember(*mark, *at).await;
            }
        })
    }

    /// Remembers recorded sales at this node, whose shared counters know them already.
    fn recall_sold(&self, sold: &[SoldMark]);

    /// Forgets persons who were sold. Other nodes forget them, too, as soon as they can be reached.
    fn forget_sold<'a>(&'a self, sold: &'a [MarkKey]) -> QuotaAnswer<'a, ()>;

    /// Returns what shared counters include of the ledger; `None` for counters that are this
    /// process's own, or that cannot be reached.
    fn applied(&self) -> QuotaAnswer<'_, Option<Applied>> {
        QuotaAnswer::now(None)
    }
}
