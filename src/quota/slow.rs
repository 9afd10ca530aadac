//! Holds that answer when a test releases them, like those of another machine.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Holds;
use super::Memory;
use super::Quota;
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
use crate::store::SoldMark;

/// A request about a hold that was not carried out yet.
struct Waiting {
    id: HoldId,
    what: String,
    go: oneshot::Sender<()>,
}

/// Counters in memory whose answers wait until the test releases them, in any order.
#[derive(Default)]
pub(crate) struct Slow {
    memory: Arc<Memory>,
    waiting: Mutex<Vec<Waiting>>,
}

impl Slow {
    /// Creates the holds, and the quota that uses them.
    pub(crate) fn new() -> (Arc<Self>, Quota) {
        let slow = Arc::new(Self::default());
        let (view, rotation) = (slow.memory.clone(), slow.memory.clone());
        (slow.clone(), Quota { view, holds: slow, rotation, shared: None })
    }

    /// Returns the waiting requests, in order.
    pub(crate) fn waiting(&self) -> Vec<(HoldId, String)> {
        let waiting = self.waiting.lock().unwrap();
        waiting.iter().map(|waiting| (waiting.id, waiting.what.clone())).collect()
    }

    /// Carries out the only request that waits about a hold.
    pub(crate) fn let_go(&self, id: HoldId) {
        let mut waiting = self.waiting.lock().unwrap();
        let place = waiting.iter().position(|waiting| waiting.id == id).unwrap();
        let Waiting { go, .. } = waiting.remove(place);
        assert!(waiting.iter().all(|waiting| waiting.id != id), "two questions about one hold");
        go.send(()).unwrap();
    }

    async fn wait(&self, id: HoldId, what: String) {
        let (go, released) = oneshot::channel();
        self.waiting.lock().unwrap().push(Waiting { id, what, go });
        released.await.unwrap();
    }
}

impl std::fmt::Debug for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slow").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

impl Holds for Slow {
    fn reserve<'a>(
        &'a self,
        id: HoldId,
        ceilings: &'a [Ceiling],
        claim: Claim<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Result<Room, Refused>> {
        QuotaAnswer::later(async move {
            self.wait(id, "reserve".to_owned()).await;
            self.memory.reserve(id, ceilings, claim, now, ttl).await
        })
    }

    fn reserve_again<'a>(
        &'a self,
        id: HoldId,
        lost: Lost<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Again> {
        QuotaAnswer::later(async move {
            self.wait(id, "reserve again".to_owned()).await;
            self.memory.reserve_again(id, lost, now, ttl).await
        })
    }

    fn settle(&self, id: HoldId, how: Settle) -> QuotaAnswer<'_, Settled> {
        QuotaAnswer::later(async move {
            self.wait(id, format!("{how:?}")).await;
            self.memory.settle(id, how).await
        })
    }

    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> QuotaAnswer<'_, Settled> {
        QuotaAnswer::later(async move {
            self.wait(id, "renew".to_owned()).await;
            self.memory.renew(id, now, ttl).await
        })
    }

    fn sweep(&self, now: Now) -> QuotaAnswer<'_, usize> {
        self.memory.sweep(now)
    }

    fn raise<'a>(&'a self, key: &'a CapKey, units: u64, micros: i64) -> QuotaAnswer<'a, ()> {
        self.memory.raise(key, units, micros)
    }

    fn correct<'a>(
        &'a self,
        posting: u64,
        keys: &'a [CapKey],
        units: i64,
        micros: i64,
    ) -> QuotaAnswer<'a, ()> {
        self.memory.correct(posting, keys, units, micros)
    }

    fn credit<'a>(
        &'a self,
        entry: Option<u64>,
        level: &'a Level,
        micros: i64,
    ) -> QuotaAnswer<'a, ()> {
        self.memory.credit(entry, level, micros)
    }

    fn remember(&self, mark: Mark, at: Wall) -> QuotaAnswer<'_, ()> {
        self.memory.remember(mark, at)
    }

    fn recall_sold(&self, sold: &[SoldMark]) {
        self.memory.recall_sold(sold);
    }

    fn forget_sold<'a>(&'a self, sold: &'a [MarkKey]) -> QuotaAnswer<'a, ()> {
        self.memory.forget_sold(sold)
    }
}
