//! What depends on how a hold ends, besides its counters: whether a contract rests, what it earns.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::base::ContractId;
use crate::base::HoldId;
use crate::base::Mono;
use crate::base::Now;
use crate::caps::Ceiling;
use crate::routing::Pick;

/// One hold's.
#[derive(Debug, Clone)]
pub(super) struct Stake {
    pub(super) contract: ContractId,
    pub(super) price: i64,
    pub(super) caps: Arc<[Ceiling]>,
    /// Whether its offer goes by what calls earn.
    pub(super) learns: bool,
    pub(super) committed: bool,
    seen: Mono,
}

impl Stake {
    /// Of a pick; none when its counters are all there is.
    pub(super) fn of(pick: &Pick, now: Now) -> Option<Self> {
        let learns = pick.seat.as_ref().is_some_and(|seat| seat.roster.learns());
        let rests = pick.caps.iter().any(|ceiling| ceiling.rest.is_some());
        (learns || rests).then(|| Self {
            contract: pick.contract.clone(),
            price: pick.price.micros(),
            caps: pick.caps.clone(),
            learns,
            committed: false,
            seen: now.mono,
        })
    }
}

/// Those of the open holds that have one. Most have none, and do not wait for the lock.
#[derive(Debug, Default)]
pub(super) struct Stakes {
    open: Mutex<HashMap<HoldId, Stake>>,
    count: AtomicUsize,
}

impl Stakes {
    fn lock(&self) -> Option<MutexGuard<'_, HashMap<HoldId, Stake>>> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        Some(self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn add(&self, id: HoldId, stake: Stake) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(id, stake);
        self.count.store(open.len(), Ordering::Release);
    }

    /// Notes that a hold was committed, and hands a copy over.
    pub(super) fn commit(&self, id: HoldId) -> Option<Stake> {
        let mut open = self.lock()?;
        let stake = open.get_mut(&id)?;
        stake.committed = true;
        Some(stake.clone())
    }

    pub(super) fn take(&self, id: HoldId) -> Option<Stake> {
        let mut open = self.lock()?;
        let stake = open.remove(&id);
        self.count.store(open.len(), Ordering::Release);
        stake
    }

    pub(super) fn renew(&self, id: HoldId, now: Now) {
        if let Some(mut open) = self.lock()
            && let Some(stake) = open.get_mut(&id)
        {
            stake.seen = now.mono;
        }
    }

    /// Forgets those of holds that have expired.
    pub(super) fn sweep(&self, now: Now, ttl: Duration) {
        if let Some(mut open) = self.lock() {
            open.retain(|_, stake| stake.seen + ttl > now.mono);
            self.count.store(open.len(), Ordering::Release);
        }
    }
}
