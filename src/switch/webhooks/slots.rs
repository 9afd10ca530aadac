//! The calls at hand, by token: one request of a call at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::Mutex as Turn;
use tokio::sync::Notify;

use super::live::Live;
use super::open_holds::OpenHolds;
use crate::switch::call_clock::CallClock;

/// A call at hand.
#[derive(Default)]
pub(super) struct Slot {
    /// The call as its journal makes it; none when it has to be replayed.
    pub(super) live: Turn<Option<Live>>,
    /// What it holds, whether it is replayed or not.
    pub(super) holds: Arc<OpenHolds>,
    /// Its clock, once it is known: it runs on when the call is replayed.
    clock: Mutex<Option<CallClock>>,
}

impl Slot {
    /// Returns the clock of a call that was at hand before; else `start` gives it.
    pub(super) fn clock(&self, start: impl FnOnce() -> CallClock) -> CallClock {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        *clock.get_or_insert_with(start)
    }
}

/// The calls at hand: as many as are up, and those that ended a short while ago.
#[derive(Default)]
pub(super) struct Slots {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    /// Notified when a call gets a slot.
    taken: Notify,
}

impl Slots {
    /// Returns the slot of a token, a new one if need be.
    pub(super) fn of(&self, token: &str) -> Arc<Slot> {
        let slot = self.lock().entry(token.to_owned()).or_default().clone();
        self.taken.notify_waiters();
        slot
    }

    /// Removes a slot. Whoever has it uses it to the end.
    pub(super) fn remove(&self, token: &str) {
        self.lock().remove(token);
    }

    /// Returns all slots with their tokens.
    pub(super) fn all(&self) -> Vec<(String, Arc<Slot>)> {
        self.lock().iter().map(|(token, slot)| (token.clone(), slot.clone())).collect()
    }

    /// Waits until there is a call.
    pub(super) async fn any(&self) {
        loop {
            let mut taken = std::pin::pin!(self.taken.notified());
            taken.as_mut().enable();
            if !self.lock().is_empty() {
                return;
            }
            taken.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
