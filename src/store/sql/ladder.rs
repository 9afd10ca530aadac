//! SIP messages of calls.

use std::time::Duration;

use crate::base::CallId;
use crate::ladder::LadderPart;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::node;

const ADD: &str = "
    INSERT INTO ladder (call, at, messages) VALUES ($1, $2, $3) ON CONFLICT (call, at) DO NOTHING";
const IS_FORGOTTEN: &str = "
    SELECT EXISTS (SELECT 1 FROM ladder WHERE call = $1 AND length(messages) = 0)";
const OF_CALL: &str = "
    SELECT * FROM ladder WHERE call = $1 AND length(messages) > 0 ORDER BY at";
const REMOVE: &str = "DELETE FROM ladder WHERE call = $1 AND length(messages) > 0";
const MARK: &str = "
    INSERT INTO ladder (call, at) SELECT id, ended_at FROM inquiry
    WHERE id = $1 AND state = 'ended' AND ended_at >= $2
    ON CONFLICT (call, at) DO NOTHING";

/// How long after the end of a call parts of it may come: longer than any part waits.
const LATE: Duration = Duration::from_secs(600);

/// Adds parts. Those that are known, and those of calls that were forgotten, change nothing.
pub(super) fn add(db: &Db, parts: &[LadderPart]) -> Result<(), StoreError> {
    for LadderPart { call, at, bytes } in parts {
        let call = word(call)?;
        let values = params![call];
        if !db.prepare_cached(IS_FORGOTTEN)?.query_row(values, |row| row.get::<_, bool>(0))? {
            db.prepare_cached(ADD)?.execute(params![call, at.micros(), bytes])?;
        }
    }
    Ok(())
}

/// Returns the parts of a call, oldest first.
pub(super) fn of_call(db: &Db, call: CallId) -> Result<Vec<LadderPart>, StoreError> {
    let read = |row: Row<'_>| {
        let column = Columns::of("ladder", row);
        Ok(LadderPart { call, at: column.wall("at")?, bytes: column.plain("messages")? })
    };
    Ok(db.prepare_cached(OF_CALL)?.query_all(params![word(&call)?], read)?)
}

/// Removes the parts of an ended call, and any that may still come. Returns how many there were.
pub(super) fn forget(db: &Db, call: &str) -> Result<usize, StoreError> {
    let removed = db.prepare_cached(REMOVE)?.execute(params![call])?;
    let since = if removed > 0 { i64::MIN } else { (node::now(db)? - LATE).micros() };
    db.prepare_cached(MARK)?.execute(params![call, since])?;
    Ok(removed)
}
