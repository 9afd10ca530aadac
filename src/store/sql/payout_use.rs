//! Counts the payouts of sources in each window.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::base::SourceId;
use crate::base::Wall;
use crate::caps::Period;
use crate::store::StoreError;

use super::column::Columns;
use super::column::json;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::params;
use super::engine::row;
use super::gathered::Gathered;

const TAKE: &str = "
    INSERT INTO payout_use (source, period, used, used_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (source, period) DO UPDATE SET used = payout_use.used + excluded.used,
        used_at = max(payout_use.used_at, excluded.used_at)";
const USED: &str = "
    SELECT source, period, used FROM payout_use
    WHERE source IN (SELECT value FROM json_each($1))
        AND period IN (SELECT value FROM json_each($2))";

/// Numbers of payouts of sources in periods: those that are stored, and those that are added.
#[derive(Debug, Default)]
pub(super) struct PayoutUse {
    used: HashMap<SourceId, HashMap<Period, u64>>,
    taken: BTreeMap<(SourceId, Period), Taken>,
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    payouts: u64,
    at: Wall,
}

impl PayoutUse {
    /// Reads the numbers of some sources in some periods.
    pub(super) fn read<'a>(
        db: &Db,
        sources: impl IntoIterator<Item = &'a SourceId>,
        periods: impl IntoIterator<Item = Period>,
    ) -> Result<Self, StoreError> {
        let sources: BTreeSet<&SourceId> = sources.into_iter().collect();
        let periods: BTreeSet<Period> = periods.into_iter().collect();
        let mut read = Self::default();
        if sources.is_empty() || periods.is_empty() {
            return Ok(read);
        }
        let mut statement = db.prepare_cached(USED)?;
        let mut rows = statement.query(params![json(&sources)?, json(&periods)?])?;
        while let Some(row) = rows.next()? {
            let column = Columns::of("payout_use", row);
            let of_source = read.used.entry(column.word("source")?).or_default();
            of_source.insert(column.word("period")?, column.natural("used")?);
        }
        Ok(read)
    }

    /// Returns the number of payouts of a source in a period that was read.
    pub(super) fn used(&self, source: &SourceId, period: Period) -> u64 {
        self.used.get(source).and_then(|used| used.get(&period)).copied().unwrap_or(0)
    }

    /// Adds a payout in periods.
    pub(super) fn take(&mut self, source: &SourceId, periods: &[Period], at: Wall) {
        for period in periods {
            *self.used.entry(source.clone()).or_default().entry(*period).or_default() += 1;
            let none = Taken { payouts: 0, at };
            let taken = self.taken.entry((source.clone(), *period)).or_insert(none);
            *taken = Taken { payouts: taken.payouts + 1, at: taken.at.max(at) };
        }
    }

    /// Stores the payouts that were added.
    pub(super) fn write(self, db: &Db) -> Result<(), StoreError> {
        let mut rows = Gathered::default();
        for ((source, period), Taken { payouts, at }) in self.taken {
            let period = word(&period)?;
            let row = row![source.as_str(), period, natural(payouts), at.micros()];
            rows.add(format!("{source} {period}"), row);
        }
        rows.write(db, TAKE)
    }
}
