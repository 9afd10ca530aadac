//! Attempts of calls.

use rusqlite::Connection;
use rusqlite::Row;
use rusqlite::params;

use crate::base::CallId;
use crate::call::AttemptRecord;
use crate::call::CallRecord;
use crate::store::StoreError;

use super::column::Columns;
use super::column::natural;
use super::column::word;

const SAVE: &str = "
    INSERT INTO attempt (id, call_id, ordinal, contract, buyer, wave, outcome, sip_status,
        started_at, ring_ms, post_dial_delay_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, sip_status = excluded.sip_status,
        ring_ms = excluded.ring_ms, post_dial_delay_ms = excluded.post_dial_delay_ms";

const OF_CALL: &str = "SELECT * FROM attempt WHERE call_id = $1 ORDER BY ordinal";

/// Stores all attempts of a call, new or changed.
pub(super) fn save(db: &Connection, record: &CallRecord) -> Result<(), StoreError> {
    let call = word(&record.id)?;
    let mut statement = db.prepare_cached(SAVE)?;
    for (ordinal, attempt) in (0_i64..).zip(&record.attempts) {
        statement.execute(params![
            word(&attempt.id)?,
            call,
            ordinal,
            attempt.contract.as_str(),
            attempt.buyer.as_str(),
            attempt.wave,
            attempt.outcome.map(|outcome| outcome.code()),
            attempt.sip_status,
            attempt.started_at.micros(),
            natural(attempt.ring_ms),
            attempt.post_dial_delay_ms.map(natural),
        ])?;
    }
    Ok(())
}

/// The attempts of a call, in the order in which they were made.
pub(super) fn of_call(db: &Connection, call: CallId) -> Result<Vec<AttemptRecord>, StoreError> {
    let mut statement = db.prepare_cached(OF_CALL)?;
    let mut rows = statement.query(params![word(&call)?])?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        attempts.push(read(row)?);
    }
    Ok(attempts)
}

fn read(row: &Row<'_>) -> Result<AttemptRecord, StoreError> {
    let column = Columns::of("attempt", row);
    Ok(AttemptRecord {
        id: column.word("id")?,
        contract: column.word("contract")?,
        buyer: column.word("buyer")?,
        wave: column.plain("wave")?,
        outcome: column.word_or_null("outcome")?,
        sip_status: column.plain("sip_status")?,
        started_at: column.wall("started_at")?,
        ring_ms: column.natural("ring_ms")?,
        post_dial_delay_ms: column.natural_or_null("post_dial_delay_ms")?,
    })
}
