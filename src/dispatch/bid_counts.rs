//! Counts what became of bids.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::Dispatch;
use crate::base::BidResult;
use crate::sale::BidRecord;

/// Bids since the start, by result, in the order of [`BidResult::ALL`].
#[derive(Debug, Default)]
pub(super) struct BidCounts([AtomicU64; BidResult::ALL.len()]);

impl Dispatch {
    /// Counts the bids on an inquiry that has ended.
    pub fn count_bids(&self, bids: &[BidRecord]) {
        for (result, counter) in BidResult::ALL.iter().zip(&self.bid_counts.0) {
            let count = bids.iter().filter(|bid| bid.result == *result).count();
            counter.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// Returns the bids on inquiries that have ended since the start, by result, in the order of
    /// [`BidResult::ALL`].
    pub fn bid_counts(&self) -> [u64; BidResult::ALL.len()] {
        self.bid_counts.0.each_ref().map(|counter| counter.load(Ordering::Relaxed))
    }
}
