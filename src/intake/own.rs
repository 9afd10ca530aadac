//! What the tasks of leads share.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::live::Live;
use super::post::Poster;
use crate::base::Fields;
use crate::base::NodeName;
use crate::base::Rng;
use crate::base::Wall;
use crate::dispatch::Dispatch;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;
use crate::lead::Rules;
use crate::net::Clock;
use crate::routing::Snapshot;
use crate::score::WINDOW;
use crate::store::Store;
use crate::store::StoreError;

/// What the tasks of leads share.
pub(super) struct Own {
    pub(super) node: NodeName,
    pub(super) store: Arc<dyn Store>,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) clock: Clock,
    pub(super) poster: Arc<dyn Poster>,
    pub(super) rules: Rules,
    pub(super) live: Live,
    /// Canceled when the node stops: leads are left open for the next run.
    pub(super) stop: CancellationToken,
    pub(super) places: Arc<Semaphore>,
    pub(super) answer_within: Duration,
    pub(super) rng: Mutex<Rng>,
    pub(super) tasks: TaskTracker,
}

impl Own {
    /// Returns how many inquiries a lead's phone number made before; `None` without a number.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) async fn earlier_of(
        &self,
        fields: &Fields,
        at: Wall,
    ) -> Result<Option<u64>, StoreError> {
        let Some(phone) = fields.value("phone").and_then(|text| text.trim().parse().ok()) else {
            return Ok(None);
        };
        self.store.inquiries_of(phone, at - WINDOW, at).await.map(Some)
    }

    /// Returns a source of randomness for one lead.
    pub(super) fn fork(&self) -> Rng {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }

    /// Returns a place for a lead of an earlier run; `None` if all are taken, so that it lives
    /// beyond the bound.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// Sells a lead of an earlier run.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Returns the live book.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.dispatch.snapshot()
    }

    /// Reports a status that a lead has reached.
    pub(super) fn reached(&self, record: &LeadRecord) {
        self.live.reached(record.status);
        let LeadRecord { id, status, offer, source, .. } = record;
        match status {
            LeadStatus::Sold | LeadStatus::Rejected => {
                self.dispatch.count_bids(&record.bids);
                let reason = record.reason.map_or("", |reason| reason.code());
                tracing::info!(lead.id = %id, %status, %offer, %source, reason, "lead ended");
            }
            LeadStatus::Unknown => {
                tracing::warn!(lead.id = %id, %offer, "result of a post unknown");
            }
            LeadStatus::Parked => tracing::info!(lead.id = %id, %offer, "lead parked"),
            LeadStatus::Received | LeadStatus::Delivering => {}
        }
    }
}
