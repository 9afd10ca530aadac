//! Sums for reports of the calls that ended before sums were kept.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::TransactionBehavior;
use rusqlite::params;

use crate::call::CallRecord;
use crate::report::Additions;
use crate::store::StoreError;

use super::call;
use super::column::word;
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
pub(super) fn build(connection: &mut Connection) -> Result<(), StoreError> {
    while step(connection, CALLS)? {}
    Ok(())
}

/// Adds some calls. Returns false when none is left.
pub(super) fn step(connection: &mut Connection, calls: usize) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let after = transaction.query_row(AFTER, [], |row| row.get::<_, String>(0)).optional()?;
    let Some(after) = after else { return Ok(false) };
    let mut counted = Additions::default();
    let ended = ended_after(&transaction, &after, calls)?;
    for record in &ended {
        rollup::end(&transaction, record, &mut counted)?;
    }
    rollup::add(&transaction, &counted)?;
    match ended.last() {
        Some(last) => transaction.execute(ADVANCE, params![word(&last.id)?])?,
        None => transaction.execute(DONE, [])?,
    };
    transaction.commit()?;
    Ok(!ended.is_empty())
}

fn ended_after(db: &Connection, after: &str, calls: usize) -> Result<Vec<CallRecord>, StoreError> {
    let mut statement = db.prepare_cached(NEXT)?;
    let most = i64::try_from(calls).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![after, most])?;
    let mut ended = Vec::new();
    while let Some(row) = rows.next()? {
        ended.push(call::read(db, row)?);
    }
    Ok(ended)
}
