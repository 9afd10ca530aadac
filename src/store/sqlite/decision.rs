//! Routing decisions of calls.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::Row;
use rusqlite::params;

use crate::base::CallId;
use crate::sale::DecisionRecord;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;

const SAVE: &str = "
    INSERT INTO decision (id, inquiry_id, made_at, document) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO NOTHING";

/// Selects the decision that the record names, or else the newest.
const LAST_OF_CALL: &str = "
    SELECT decision.id, decision.made_at, decision.document
    FROM decision JOIN inquiry ON inquiry.id = decision.inquiry_id
    WHERE inquiry.id = $1
    ORDER BY CASE WHEN decision.id = inquiry.decision_id THEN 0 ELSE 1 END, decision.id DESC
    LIMIT 1";

const OF_CALL: &str = "
    SELECT id, made_at, document FROM decision WHERE inquiry_id = $1 ORDER BY made_at, rowid";

/// Returns all decisions of a call, in the order in which they were made.
pub(super) fn of_call(db: &Connection, call: CallId) -> Result<Vec<DecisionRecord>, StoreError> {
    let mut statement = db.prepare_cached(OF_CALL)?;
    let mut rows = statement.query(params![word(&call)?])?;
    let mut decisions = Vec::new();
    while let Some(row) = rows.next()? {
        decisions.push(read(row)?);
    }
    Ok(decisions)
}

/// Stores decisions of a call. Does not change known decisions.
pub(super) fn save(
    db: &Connection,
    call: CallId,
    decisions: &[DecisionRecord],
) -> Result<(), StoreError> {
    let call = word(&call)?;
    let mut statement = db.prepare_cached(SAVE)?;
    for decision in decisions {
        let id = word(&decision.id)?;
        statement.execute(params![id, call, decision.at.micros(), decision.document])?;
    }
    Ok(())
}

/// Returns the last decision of a call.
pub(super) fn last_of_call(
    db: &Connection,
    call: CallId,
) -> Result<Option<DecisionRecord>, StoreError> {
    let mut statement = db.prepare_cached(LAST_OF_CALL)?;
    let found = statement.query_row(params![word(&call)?], |row| Ok(read(row))).optional()?;
    found.transpose()
}

fn read(row: &Row<'_>) -> Result<DecisionRecord, StoreError> {
    let column = Columns::of("decision", row);
    Ok(DecisionRecord {
        id: column.word("id")?,
        at: column.wall("made_at")?,
        document: column.plain("document")?,
    })
}
