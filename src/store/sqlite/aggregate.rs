//! Parts of queries that add up rows.

use rusqlite::Row;

use crate::store::StoreError;

/// Returns the clause that groups by the first columns.
pub(super) fn group_by(columns: usize) -> String {
    let places: Vec<String> = (1..=columns).map(|place| place.to_string()).collect();
    format!(" GROUP BY {}", places.join(", "))
}

/// Returns the sums of the 32-bit halves of an expression: SQLite fails when a sum exceeds 64 bits.
pub(super) fn halves(value: &str) -> String {
    format!("sum(({value}) >> 32), sum(({value}) & 0xffffffff)")
}

/// Reads the first columns as texts; NULL is the empty text.
pub(super) fn texts(row: &Row<'_>, columns: usize) -> Result<Vec<String>, StoreError> {
    let text = |place| Ok(row.get::<_, Option<String>>(place)?.unwrap_or_default());
    (0..columns).map(text).collect()
}

/// Returns a sum from the sums of its halves.
pub(super) fn whole(high: i64, low: i64) -> i128 {
    (i128::from(high) << 32) + i128::from(low)
}
