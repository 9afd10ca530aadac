//! Counts the payouts of sources in each window.

use std::collections::BTreeMap;

use crate::base::SourceId;
use crate::base::Wall;
use crate::caps::Period;
use crate::store::StoreError;

use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::params;

const TAKE: &str = "
    INSERT INTO payout_use (source, period, used, used_at) VALUES ($1, $2, 1, $3)
    ON CONFLICT (source, period) DO UPDATE SET used = payout_use.used + 1,
        used_at = max(payout_use.used_at, excluded.used_at)";
const USED: &str = "SELECT used FROM payout_use WHERE source = $1 AND period = $2";

/// Counts a payout in periods.
pub(super) fn take(
    db: &Db,
    source: &SourceId,
    periods: &[Period],
    at: Wall,
) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(TAKE)?;
    for period in periods {
        statement.execute(params![source.as_str(), word(period)?, at.micros()])?;
    }
    Ok(())
}

/// Returns the number of payouts in periods; periods without payouts are left out.
pub(super) fn used(
    db: &Db,
    source: &SourceId,
    periods: &[Period],
) -> Result<BTreeMap<Period, u64>, StoreError> {
    let mut statement = db.prepare_cached(USED)?;
    let mut counts = BTreeMap::new();
    for period in periods {
        let values = params![source.as_str(), word(period)?];
        let count: Option<i64> = statement.query_row(values, |row| row.get(0)).optional()?;
        counts.extend(count.map(|count| (*period, count.unsigned_abs())));
    }
    Ok(counts)
}
