//! Parts of queries that add up rows.

use super::engine::Row;
use crate::store::StoreError;

/// Returns the clause that groups by the first columns.
pub(super) fn group_by(columns: usize) -> String {
    let places: Vec<String> = (1..=columns).map(|place| place.to_string()).collect();
    format!(" GROUP BY {}", places.join(", "))
}

/// Returns the sums of the 32-bit halves of an expression: SQLite fails when a sum exceeds 64 bits.
pub(super) fn halves(value: &str) -> String {
    format!("sum(({value}) >> 32), sum(({value}) & 4294967295)")
}

/// Reads the first columns as texts; NULL is the empty text.
pub(super) fn texts(row: Row<'_>, columns: usize) -> Result<Vec<String>, StoreError> {
    let text = |place| Ok(row.get::<_, Option<String>>(place)?.unwrap_or_default());
    (0..columns).map(text).collect()
}

/// Returns a sum from the sums of its halves.
pub(super) fn whole(high: i64, low: i64) -> i128 {
    (i128::from(high) << 32) + i128::from(low)
}

/// Returns the sum of two expressions, clamped to 64 bits: an engine would fail, or make it a number
/// that the column does not take.
pub(super) fn clamped_sum(one: &str, other: &str) -> String {
    let (least, most) = (-i64::MAX, i64::MAX);
    format!(
        "CASE WHEN {other} > 0 AND {one} > {most} - {other} THEN {most} \
         WHEN {other} < 0 AND {one} < {least} - {other} THEN {least} ELSE {one} + {other} END"
    )
}
