//! Counters, holds and turns in this process's memory.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use super::Holds;
use super::QuotaAnswer;
use super::Rotation;
use super::View;
use super::turns::Turns;
use crate::base::ContractId;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Wall;
use crate::book::PauseCause;
use crate::caps::Again;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Counters;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Lost;
use crate::caps::Mark;
use crate::caps::MarkKey;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Room;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::routing::Decision;
use crate::routing::Performances;
use crate::store::SoldMark;

/// All counters behind one mutex, held for well under a microsecond at a time. A mutex per account
/// would let reservations of unrelated offers run in parallel, but one reservation spans three
/// accounts and would have to lock three mutexes in order. One mutex is simple and exact, and never
/// refuses because of a reservation that is about to fail. Every answer is ready at once.
#[derive(Debug, Default)]
pub struct Memory {
    counters: Mutex<Counters>,
    turns: Turns,
    performances: Mutex<Performances>,
}

impl Memory {
    /// Creates counters at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks the counters. Only a panic within an operation can leave them half changed; even then
    /// the integers are the best known values, and refusing all calls would be worse.
    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the figures. Poisoned figures are still used: they are estimates.
    fn performances(&self) -> MutexGuard<'_, Performances> {
        self.performances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View for Memory {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.counters().full(ceiling, periods)
    }

    fn used(&self, key: &CapKey) -> u64 {
        self.counters().used(key)
    }

    fn spent(&self, key: &CapKey) -> i64 {
        self.counters().spent(key)
    }

    fn balance(&self, level: &Level) -> i64 {
        self.counters().balance(level)
    }

    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        self.counters().sold(mark, now)
    }

    fn live(&self) -> usize {
        self.counters().live()
    }
}

impl Holds for Memory {
    fn reserve<'a>(
        &'a self,
        id: HoldId,
        ceilings: &'a [Ceiling],
        claim: Claim<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Result<Room, Refused>> {
        QuotaAnswer::now(self.counters().reserve(id, ceilings, claim, now, ttl))
    }

    fn reserve_again<'a>(
        &'a self,
        id: HoldId,
        lost: Lost<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Again> {
        QuotaAnswer::now(self.counters().reserve_again(id, lost, now, ttl))
    }

    fn settle(&self, id: HoldId, how: Settle) -> QuotaAnswer<'_, Settled> {
        QuotaAnswer::now(self.counters().settle(id, how))
    }

    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> QuotaAnswer<'_, Settled> {
        QuotaAnswer::now(self.counters().renew(id, now, ttl))
    }

    fn sweep(&self, now: Now) -> QuotaAnswer<'_, usize> {
        QuotaAnswer::now(self.counters().sweep(now))
    }

    fn raise<'a>(&'a self, key: &'a CapKey, units: u64, micros: i64) -> QuotaAnswer<'a, ()> {
        self.counters().raise(key, units, micros);
        QuotaAnswer::now(())
    }

    fn correct<'a>(
        &'a self,
        _: u64,
        keys: &'a [CapKey],
        units: i64,
        micros: i64,
    ) -> QuotaAnswer<'a, ()> {
        keys.iter().for_each(|key| self.counters().correct(key, units, micros));
        QuotaAnswer::now(())
    }

    fn credit<'a>(&'a self, _: Option<u64>, level: &'a Level, micros: i64) -> QuotaAnswer<'a, ()> {
        self.counters().credit(level, micros);
        QuotaAnswer::now(())
    }

    fn remember(&self, mark: Mark, at: Wall) -> QuotaAnswer<'_, ()> {
        self.counters().remember(mark, at);
        QuotaAnswer::now(())
    }

    fn recall_sold(&self, sold: &[SoldMark]) {
        sold.iter().for_each(|SoldMark { mark, at }| self.counters().remember(*mark, *at));
    }

    fn forget_sold<'a>(&'a self, sold: &'a [MarkKey]) -> QuotaAnswer<'a, ()> {
        sold.iter().for_each(|key| self.counters().forget(*key));
        QuotaAnswer::now(())
    }
}

impl Rotation for Memory {
    fn take<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()> {
        if decision.takes_turns() {
            let offer = decision.offer.clone();
            self.turns.of(&offer, |sequence| sequence.take(decision));
        } else {
            decision.line_up(&*self.performances());
        }
        QuotaAnswer::now(())
    }

    fn look<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()> {
        if decision.takes_turns() {
            let offer = decision.offer.clone();
            self.turns.of(&offer, |sequence| decision.line_up(sequence));
        } else {
            decision.line_up(&*self.performances());
        }
        QuotaAnswer::now(())
    }

    fn earned<'a>(&'a self, contract: &'a ContractId, micros: i64) -> QuotaAnswer<'a, ()> {
        self.performances().record(contract, micros);
        QuotaAnswer::now(())
    }

    fn recall_earned(&self, contract: &ContractId, micros: i64) {
        self.performances().record(contract, micros);
    }

    fn answered<'a>(&'a self, ceiling: &'a Ceiling) -> QuotaAnswer<'a, ()> {
        self.counters().answered(ceiling);
        QuotaAnswer::now(())
    }

    fn unanswered<'a>(&'a self, ceiling: &'a Ceiling, at: Wall) -> QuotaAnswer<'a, Option<Wall>> {
        QuotaAnswer::now(self.counters().unanswered(ceiling, at))
    }

    fn rest<'a>(
        &'a self,
        level: &'a Level,
        until: Wall,
        because: PauseCause,
    ) -> QuotaAnswer<'a, ()> {
        self.counters().rest(level, until, because);
        QuotaAnswer::now(())
    }

    fn resume<'a>(&'a self, level: &'a Level, until: Wall) -> QuotaAnswer<'a, ()> {
        self.counters().resume(level, until);
        QuotaAnswer::now(())
    }
}

#[cfg(test)]
mod tests {
    use crate::quota::Quota;
    use crate::quota::conformance;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms_as_view() {
        conformance::view(Quota::memory).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms_as_holds() {
        conformance::holds(Quota::memory).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms_as_rotation() {
        conformance::rotation(Quota::memory).await;
    }
}
