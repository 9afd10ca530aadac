//! Sums for reports of the calls that ended before sums were kept.

use crate::call::CallRecord;
use crate::report::Additions;
use crate::store::StoreError;

use super::call;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::params;
use super::rollup;

/// Calls that one transaction adds. The database can be opened once all are added; a program that
/// is stopped in between goes on after the last transaction.
const CALLS: usize = 500;

const AFTER: &str = "SELECT after FROM rollup_build";
const NEXT: &str = "
    SELECT * FROM inquiry
    WHERE id > $1 AND channel = 'call' AND state = 'ended' ORDER BY id LIMIT $2";
const ADVANCE: &str = "UPDATE rollup_build SET after = $1";
const DONE: &str = "DELETE FROM rollup_build";

/// Adds every call that is still to be added. Programs that open the database at once take turns.
pub(super) fn build(db: &Db) -> Result<(), StoreError> {
    while step(db, CALLS)? {}
    Ok(())
}

/// Adds some calls. Returns false when none is left.
pub(super) fn step(db: &Db, calls: usize) -> Result<bool, StoreError> {
    db.in_transaction(|| add(db, calls))
}

fn add(db: &Db, calls: usize) -> Result<bool, StoreError> {
    let after = db.query_row(AFTER, params![], |row| row.get::<_, String>(0)).optional()?;
    let Some(after) = after else { return Ok(false) };
    let mut counted = Additions::default();
    let ended = ended_after(db, &after, calls)?;
    rollup::end(db, &ended.iter().collect::<Vec<_>>(), &mut counted)?;
    rollup::add(db, &counted)?;
    match ended.last() {
        Some(last) => db.execute(ADVANCE, params![word(&last.id)?])?,
        None => db.execute(DONE, params![])?,
    };
    Ok(!ended.is_empty())
}

fn ended_after(db: &Db, after: &str, calls: usize) -> Result<Vec<CallRecord>, StoreError> {
    let mut statement = db.prepare_cached(NEXT)?;
    let most = i64::try_from(calls).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![after, most])?;
    let mut ended = Vec::new();
    while let Some(row) = rows.next()? {
        ended.push(call::read(db, row)?);
    }
    Ok(ended)
}
