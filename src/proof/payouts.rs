//! Payouts of sources: each count is the number of the source's payouts in the period. One source
//! is compared at a time.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::Differences;
use super::Kind;
use super::Paid;
use super::PayoutCounted;
use super::PayoutRow;
use crate::base::SourceId;
use crate::billing::payout_periods;
use crate::book::PayoutCaps;
use crate::caps::Period;

/// The payouts of the source that is being read.
#[derive(Debug, Clone, Default)]
pub(super) struct Payouts {
    source: Option<SourceId>,
    stored: BTreeMap<Period, u64>,
    folded: BTreeMap<Period, u64>,
    /// Payouts so far, from the newest.
    paid: u64,
    /// Place of the last one that is known to be counted: its call stores caps.
    known: u64,
}

impl Payouts {
    /// Adds a row. The rows of a source follow each other, its counts first.
    pub(super) fn row(&mut self, row: PayoutRow, found: &mut Differences) {
        if self.source.as_ref() != Some(row.source()) {
            self.close(found);
            self.source = Some(row.source().clone());
        }
        match row {
            PayoutRow::Counted(PayoutCounted { period, used, source: _ }) => {
                self.stored.insert(period, used);
            }
            PayoutRow::Paid(paid) => self.paid(paid),
        }
    }

    /// Older programs did not count payouts. Those that are counted are the newest, as many as the
    /// count over all time.
    fn paid(&mut self, paid: Paid) {
        self.paid += 1;
        if paid.zone.is_some() {
            self.known = self.paid;
        }
        if self.paid > self.total() {
            return;
        }
        let zone = paid.zone.unwrap_or(TimeZone::UTC);
        let caps = PayoutCaps { zone, ..PayoutCaps::NONE };
        for period in payout_periods(&caps, paid.at) {
            *self.folded.entry(period).or_default() += 1;
        }
    }

    fn total(&self) -> u64 {
        self.stored.get(&Period::Total).copied().unwrap_or_default()
    }

    /// Compares the counts of the last source.
    pub(super) fn close(&mut self, found: &mut Differences) {
        let Self { source, stored, folded, known, .. } = std::mem::take(self);
        let Some(source) = source else { return };
        let periods: BTreeSet<Period> = folded.keys().chain(stored.keys()).copied().collect();
        let differing = periods.into_iter().filter_map(|period| {
            let count = |counts: &BTreeMap<Period, u64>| counts.get(&period).copied().unwrap_or(0);
            let (counter, paid) = (count(&stored), count(&folded));
            let paid = if period == Period::Total { paid.max(known) } else { paid };
            (counter != paid).then(|| (period, format!("counter {counter}, payouts {paid}")))
        });
        let mut differing: BTreeMap<Period, String> = differing.collect();
        if stored.is_empty() && known > 0 {
            differing.insert(Period::Total, format!("counter 0, payouts {known}"));
        }
        for (period, detail) in differing {
            found.add(Kind::PayoutCountDiffers, format!("source {source} {period}"), detail);
        }
    }
}
