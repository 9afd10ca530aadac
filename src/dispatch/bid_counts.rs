//! Counts what became of bids.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::base::BidResult;
use crate::sale::BidRecord;

/// Bids since the start, by result, in the order of [`BidResult::ALL`].
#[derive(Debug, Default)]
pub(super) struct BidCounts([AtomicU64; BidResult::ALL.len()]);

impl BidCounts {
    /// Counts the bids on an inquiry that has ended.
    pub(super) fn add(&self, bids: &[BidRecord]) {
        for (result, counter) in BidResult::ALL.iter().zip(&self.0) {
            let count = bids.iter().filter(|bid| bid.result == *result).count();
            counter.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// Returns the counts.
    pub(super) fn all(&self) -> [u64; BidResult::ALL.len()] {
        self.0.each_ref().map(|counter| counter.load(Ordering::Relaxed))
    }
}
