//! Counts the payouts of sources in each window, and looks up which windows are used up.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::params;

use crate::base::SourceId;
use crate::base::Wall;
use crate::billing::full_of_payouts;
use crate::billing::payout_periods;
use crate::book::PayoutCaps;
use crate::caps::Period;
use crate::caps::Window;
use crate::store::StoreError;

use super::column::word;

const TAKE: &str = "
    INSERT INTO payout_use (source, period, used, used_at) VALUES ($1, $2, 1, $3)
    ON CONFLICT (source, period) DO UPDATE SET used = payout_use.used + 1,
        used_at = max(payout_use.used_at, excluded.used_at)";
const USED: &str = "SELECT used FROM payout_use WHERE source = $1 AND period = $2";

/// Counts a payout in every window.
pub(super) fn take(
    db: &Connection,
    source: &SourceId,
    caps: &PayoutCaps,
    at: Wall,
) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(TAKE)?;
    for period in payout_periods(caps, at) {
        statement.execute(params![source.as_str(), word(&period)?, at.micros()])?;
    }
    Ok(())
}

/// Returns the first window whose payouts are used up, or `None`.
pub(super) fn full(
    db: &Connection,
    source: &SourceId,
    caps: &PayoutCaps,
    at: Wall,
) -> Result<Option<Window>, StoreError> {
    let mut used: BTreeMap<Period, u64> = BTreeMap::new();
    let mut statement = db.prepare_cached(USED)?;
    for period in payout_periods(caps, at) {
        let values = params![source.as_str(), word(&period)?];
        let count: Option<i64> = statement.query_row(values, |row| row.get(0)).optional()?;
        used.insert(period, count.map_or(0, i64::unsigned_abs));
    }
    Ok(full_of_payouts(caps, at, |period| used.get(&period).copied().unwrap_or(0)))
}
