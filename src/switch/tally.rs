//! Counters by reason.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// One counter for each reason of a catalog.
#[derive(Debug)]
pub(super) struct Tally<R: 'static> {
    reasons: &'static [R],
    counts: Box<[AtomicU64]>,
}

impl<R: Copy + PartialEq> Tally<R> {
    /// Returns counters that are all 0.
    pub(super) fn new(reasons: &'static [R]) -> Self {
        Self { reasons, counts: reasons.iter().map(|_| AtomicU64::new(0)).collect() }
    }

    /// Counts one event.
    pub(super) fn add(&self, reason: R) {
        let place = self.reasons.iter().position(|known| *known == reason);
        if let Some(count) = place.and_then(|place| self.counts.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns every reason with its count, in the catalog's order.
    pub(super) fn read(&self) -> Vec<(R, u64)> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        self.reasons.iter().copied().zip(counts).collect()
    }
}
