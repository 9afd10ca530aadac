//! What the tasks of leads share.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::live::Live;
use super::post::Poster;
use super::turns::Turns;
use super::wanted::Refused;
use super::wanted::WantedLead;
use crate::base::NodeName;
use crate::base::Rng;
use crate::base::SourceId;
use crate::book::FormField;
use crate::dispatch::CallBidders;
use crate::dispatch::Dispatch;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;
use crate::lead::Rules;
use crate::lead::Tally;
use crate::lead::check::address;
use crate::lead::check::customer;
use crate::lead::platform::Platforms;
use crate::net::Clock;
use crate::routing::Snapshot;
use crate::store::Store;

/// What the tasks of leads share.
pub(super) struct Own {
    pub(super) node: NodeName,
    pub(super) store: Arc<dyn Store>,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) clock: Clock,
    pub(super) poster: Arc<dyn Poster>,
    /// Asks buyers of calls for bids.
    pub(super) bidders: Arc<dyn CallBidders>,
    /// Host of the addresses to which calls are sent for their bids; `None` if they come to numbers.
    pub(super) sip_host: Option<String>,
    /// Pings for calls in progress.
    pub(super) turns: Turns,
    pub(super) rules: Rules,
    pub(super) live: Live,
    /// Canceled when the node takes no more leads and pings.
    pub(super) drain: CancellationToken,
    /// Canceled when the node stops: leads are left open for the next run.
    pub(super) stop: CancellationToken,
    pub(super) places: Arc<Semaphore>,
    pub(super) answer_within: Duration,
    pub(super) ping_life: Duration,
    /// Pings of sources with a limit.
    pub(super) pings: Mutex<Tally<SourceId>>,
    /// Leads of addresses, for sources with a limit.
    pub(super) spam: Mutex<Tally<(SourceId, IpAddr)>>,
    pub(super) platforms: Platforms,
    /// Wakes the task that fetches announced leads.
    pub(super) announced: Notify,
    /// Wakes the task that asks buyers for the status of their leads.
    pub(super) sold: Notify,
    pub(super) rng: Mutex<Rng>,
    pub(super) tasks: TaskTracker,
}

impl Own {
    /// Counts a lead of an address; returns whether its source's limit allows it. A lead without an
    /// address is not limited.
    pub(super) fn is_within_spam(&self, wanted: &WantedLead, fields: &[FormField]) -> bool {
        let snapshot = self.snapshot();
        let limit = snapshot.book().source(&wanted.source).and_then(|source| source.spam);
        let address = wanted.browser.map(customer).or_else(|| address(fields, &wanted.values));
        let Some((rate, address)) = limit.zip(address) else {
            return true;
        };
        let mut spam = self.spam.lock().unwrap_or_else(PoisonError::into_inner);
        spam.take((wanted.source.clone(), address), rate, self.clock.now().wall)
    }

    /// Returns a source of randomness for one lead.
    pub(super) fn fork(&self) -> Rng {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }

    /// Returns a place for a lead or a ping that comes in.
    ///
    /// # Errors
    /// [`Refused::Stopping`], or [`Refused::Full`] if all places are taken.
    pub(super) fn admit(&self) -> Result<OwnedSemaphorePermit, Refused> {
        if self.drain.is_cancelled() || self.stop.is_cancelled() {
            return Err(Refused::Stopping);
        }
        self.place().ok_or(Refused::Full)
    }

    /// Returns a place for a lead of an earlier run or another node; `None` if all are taken, so that it lives
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
