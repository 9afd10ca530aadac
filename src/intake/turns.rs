//! Lets repeated pings for a call wait for the first.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::Mutex as Turn;
use tokio::sync::OwnedMutexGuard;

use crate::lead::Asker;

/// Pings for calls in progress, by what they ask about. At most as many as there are places for
/// leads and pings.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<BTreeMap<Asker, Arc<Turn<()>>>>);

impl Turns {
    /// Waits until no other ping asks about the same call. The turn ends when the guard is dropped;
    /// give what is asked about to [`Turns::forget`] then.
    pub(super) async fn take(&self, asker: &Asker) -> OwnedMutexGuard<()> {
        let turn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = { turn }.entry(asker.clone()).or_default().clone();
        turn.lock_owned().await
    }

    /// Removes what nobody asks about any more.
    pub(super) fn forget(&self, asker: &Asker) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.get(asker).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(asker);
        }
    }
}
