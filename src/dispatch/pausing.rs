//! Pauses of contracts: begun here or by other programs, continued after a restart, ended by users.

use super::Dispatch;
use crate::base::ContractId;
use crate::base::Wall;
use crate::book::PauseCause;
use crate::caps::Ceiling;
use crate::caps::Level;
use crate::store::ChangedPauses;
use crate::store::NewPause;
use crate::store::PAUSES_MAX;
use crate::store::Pause;
use crate::store::Store;
use crate::store::StoreError;

impl Dispatch {
    /// Waits until a pause begins on this node. Cancel-safe.
    pub async fn pause_begins(&self) {
        self.begun.wake.notified().await;
    }

    /// Returns the pauses that began on this node, once.
    pub fn take_pauses_begun(&self) -> Vec<NewPause> {
        std::mem::take(&mut *self.begun.lock()).into_values().collect()
    }

    /// Notes that a contract's unanswered calls pause it.
    pub(super) fn pause_begun(&self, ceiling: &Ceiling, since: Wall, until: Wall) {
        let Level::Contract(contract) = &ceiling.level else { return };
        let (contract, because) = (contract.clone(), PauseCause::Unanswered);
        let pause = NewPause { contract: contract.clone(), because, since, until };
        self.begun.lock().entry(contract).and_modify(|own| own.until = until).or_insert(pause);
        self.begun.wake.notify_one();
    }

    /// Passes a contract over until a time, because its buyer's server is down.
    pub async fn buyer_down(&self, contract: &ContractId, until: Wall) {
        let level = Level::Contract(contract.clone());
        self.quota.rotation.rest(&level, until, PauseCause::Down).await;
        self.book.load().doubt_everybody();
    }

    /// Takes a contract up again that was to be passed over until a time.
    pub async fn buyer_up(&self, contract: &ContractId, until: Wall) {
        self.quota.rotation.resume(&Level::Contract(contract.clone()), until).await;
    }

    /// Continues pauses that began before a restart.
    pub(super) async fn continue_pauses(&self, paused: &ChangedPauses) {
        *self.pauses_seen.lock().await = paused.sequence;
        for pause in &paused.items {
            self.rest(pause).await;
        }
    }

    async fn rest(&self, pause: &Pause) {
        let level = Level::Contract(pause.contract.clone());
        self.quota.rotation.rest(&level, pause.until, pause.because).await;
    }

    async fn resume(&self, pause: &Pause) {
        let level = Level::Contract(pause.contract.clone());
        self.quota.rotation.resume(&level, pause.until).await;
    }
}

/// Applies the pauses that were stored or resumed since the last call, by this node or another
/// program.
///
/// # Errors
/// Those of [`crate::store::Pauses::pauses_changed_after`]; the rest is taken up by the next call.
pub async fn take_up_pauses(store: &dyn Store, dispatch: &Dispatch) -> Result<(), StoreError> {
    let mut seen = dispatch.pauses_seen.lock().await;
    loop {
        let found = store.pauses_changed_after(*seen).await?;
        for pause in &found.items {
            let Pause { contract, because, until, resumed, .. } = pause;
            if let Some(resumed) = resumed {
                dispatch.resume(pause).await;
                tracing::info!(%contract, by = resumed.by, "contract resumed");
            } else {
                dispatch.rest(pause).await;
                tracing::warn!(%contract, because = because.name(), %until, "contract paused");
            }
        }
        *seen = found.sequence.max(*seen);
        if !found.items.is_empty() {
            dispatch.book.load().doubt_everybody();
        }
        if found.items.len() < PAUSES_MAX {
            return Ok(());
        }
    }
}
