//! The live leads of this node.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio::sync::watch;

use super::settling::Settling;
use crate::base::LeadId;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;

/// The live leads, each with its record as it was stored last. At most as many as the settings
/// allow.
#[derive(Debug, Default)]
pub(super) struct Live {
    leads: Mutex<HashMap<LeadId, Entry>>,
    counts: Counts,
}

/// A live lead.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its record, as it is stored now and later.
    pub(super) record: watch::Receiver<LeadRecord>,
    /// To its task.
    pub(super) words: mpsc::Sender<Settling>,
}

#[derive(Debug, Default)]
struct Counts {
    received: AtomicU64,
    sold: AtomicU64,
    rejected: AtomicU64,
    unknown: AtomicU64,
    limited: AtomicU64,
    /// By answer, in the order of [`PingAnswer::ALL`].
    pings: [AtomicU64; PingAnswer::ALL.len()],
}

/// How a ping of a source was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingAnswer {
    /// With an offer.
    Offered,
    /// Without one.
    NoBid,
    /// It was refused: the source sends too many.
    Limited,
    /// With the bid of the ping that it repeats.
    Repeated,
}

impl PingAnswer {
    /// Every answer.
    pub const ALL: [PingAnswer; 4] =
        [PingAnswer::Offered, PingAnswer::NoBid, PingAnswer::Limited, PingAnswer::Repeated];

    /// Returns the name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            PingAnswer::Offered => "bid",
            PingAnswer::NoBid => "no_bid",
            PingAnswer::Limited => "limited",
            PingAnswer::Repeated => "repeated",
        }
    }
}

/// Leads since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Leads that are live now.
    pub live: u64,
    /// Leads that came in.
    pub received: u64,
    /// Leads that were sold.
    pub sold: u64,
    /// Leads that no buyer took.
    pub rejected: u64,
    /// Posts whose result was unknown.
    pub unknown: u64,
    /// Leads that were refused because too many came from one address.
    pub limited: u64,
    /// Servers of buyers to which nothing is posted, because they are down.
    pub buyers_down: u64,
    /// Pings of sources, by answer, in the order of [`PingAnswer::ALL`].
    pub pings: [u64; PingAnswer::ALL.len()],
}

impl Live {
    fn leads(&self) -> MutexGuard<'_, HashMap<LeadId, Entry>> {
        self.leads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a lead.
    pub(super) fn add(&self, id: LeadId, entry: Entry) {
        self.leads().insert(id, entry);
    }

    /// Removes a lead.
    pub(super) fn remove(&self, id: LeadId) {
        self.leads().remove(&id);
    }

    /// Returns the record of a live lead, as it is stored now and later.
    pub(super) fn find(&self, id: LeadId) -> Option<watch::Receiver<LeadRecord>> {
        self.leads().get(&id).map(|entry| entry.record.clone())
    }

    /// Returns the way to the task of a live lead.
    pub(super) fn words_to(&self, id: LeadId) -> Option<mpsc::Sender<Settling>> {
        self.leads().get(&id).map(|entry| entry.words.clone())
    }

    /// Counts a lead that came in.
    pub(super) fn received(&self) {
        self.counts.received.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a lead that was refused because too many came from its address.
    pub(super) fn limited(&self) {
        self.counts.limited.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a status that a lead has reached.
    pub(super) fn reached(&self, status: LeadStatus) {
        let counter = match status {
            LeadStatus::Sold => &self.counts.sold,
            LeadStatus::Rejected => &self.counts.rejected,
            LeadStatus::Unknown => &self.counts.unknown,
            LeadStatus::Received | LeadStatus::Delivering | LeadStatus::Parked => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts how a ping was answered.
    pub(super) fn pinged(&self, answer: PingAnswer) {
        for (known, counter) in PingAnswer::ALL.iter().zip(&self.counts.pings) {
            counter.fetch_add(u64::from(*known == answer), Ordering::Relaxed);
        }
    }

    /// Returns the counts.
    pub(super) fn figures(&self, buyers_down: usize) -> Figures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            live: u64::try_from(self.leads().len()).unwrap_or(u64::MAX),
            received: count(&self.counts.received),
            sold: count(&self.counts.sold),
            rejected: count(&self.counts.rejected),
            unknown: count(&self.counts.unknown),
            limited: count(&self.counts.limited),
            buyers_down: u64::try_from(buyers_down).unwrap_or(u64::MAX),
            pings: self.counts.pings.each_ref().map(count),
        }
    }
}
