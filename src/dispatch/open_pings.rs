//! Pings for calls whose bids wait for their calls: made at the intake, used where calls arrive.

use std::sync::Arc;
use std::sync::PoisonError;

use super::Dispatch;
use crate::base::Wall;
use crate::lead::OpenPings;
use crate::sale::Promise;
use crate::store::Store;
use crate::store::StoreError;

impl Dispatch {
    /// Reads or changes the pings for calls whose bids wait. `work` must not block.
    pub fn pings<T>(&self, work: impl FnOnce(&mut OpenPings) -> T) -> T {
        work(&mut self.open_pings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives back what a call took that was not taken: another call may come for its bid.
    pub fn give_back_bid(&self, promise: Option<Promise>) {
        if let Some(promise) = promise {
            self.pings(|pings| pings.give_back(promise.ping));
        }
    }

    /// Restores the pings for calls whose bids were not used when the program ended.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) async fn restore_pings(
        &self,
        store: &dyn Store,
        now: Wall,
    ) -> Result<(), StoreError> {
        for ping in store.pings_open(now).await? {
            self.pings(|pings| pings.add(Arc::new(ping)));
        }
        Ok(())
    }
}
