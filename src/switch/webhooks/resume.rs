//! Resumes a call from its journal, or ends it when that is not possible.

use std::sync::atomic::Ordering;

use super::Webhooks;
use super::live::Live;
use super::revive::Lost;
use super::revive::revive;
use super::slots::Slot;
use crate::routing::Hold;
use crate::sale::OpenHold;
use crate::store::StoreError;

impl Webhooks {
    /// Replays a call from its journal; `None` if the call is unknown or cannot be replayed.
    ///
    /// # Errors
    /// The journal cannot be read at the moment.
    pub(super) async fn revived(
        &self,
        token: &str,
        slot: &Slot,
    ) -> Result<Option<Live>, StoreError> {
        let store = &self.shared.records.store;
        let journal = match store.carrier_call_fetch(token).await {
            // The journal of a call that ended long ago is removed; a call begins with a line.
            Ok(journal) => journal.filter(|journal| !journal.lines.is_empty()),
            Err(error) if error.is_lasting() => {
                self.give_up(token, slot, &error.into()).await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(journal) = journal else { return Ok(None) };
        let id = journal.call.call;
        let (snapshot, library) =
            (self.shared.dispatch.snapshot(), self.shared.sounds.library.load_full());
        let (store, now, public) = (store.as_ref(), self.now(), &self.public_url);
        match revive(store, &snapshot, library, public, slot, journal, now).await {
            Ok(live) => {
                let holds = live.call.holds();
                let holds = holds.map(|OpenHold { id, pick, since, .. }| Hold::of(pick, id, since));
                slot.holds.take_over(&self.shared.dispatch, id, holds.collect(), now).await;
                self.count(&live);
                Ok(Some(live))
            }
            Err(Lost::Store(error)) if !error.is_lasting() => Err(error),
            Err(lost) => {
                self.give_up(token, slot, &lost).await?;
                Ok(None)
            }
        }
    }

    /// Ends a call whose journal cannot be replayed, by what its record says: no node goes on with
    /// it, and what it held is released. What it cost or earned after that is for a person to
    /// settle with the carrier.
    async fn give_up(&self, token: &str, slot: &Slot, why: &Lost) -> Result<(), StoreError> {
        self.figures.failed.fetch_add(1, Ordering::Relaxed);
        let now = self.now();
        let id = self.shared.records.store.carrier_call_end(token, now.wall).await?;
        let call = id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
        tracing::error!(call.id = call, error = %why, "call ended without its journal");
        if let Some(id) = id {
            self.shared.calls.remove(id);
            slot.holds.take_over(&self.shared.dispatch, id, Vec::new(), now).await;
        }
        Ok(())
    }
}
