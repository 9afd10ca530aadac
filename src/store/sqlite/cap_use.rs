//! Units that calls took from caps.

use rusqlite::Connection;
use rusqlite::params;

use crate::base::Wall;
use crate::call::CallRecord;
use crate::store::CapCount;
use crate::store::CapUse;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;

const SAVE: &str = "
    INSERT INTO cap_use (call_id, level, subject, span, period, committed_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (call_id, level, subject, span, period) DO NOTHING";

const COUNTS_SINCE: &str = "
    SELECT level, subject, span, period, count(*) AS used FROM cap_use
    WHERE committed_at >= $1 OR span = 'total'
    GROUP BY level, subject, span, period
    ORDER BY level, subject, span, period";

/// Stores units that a call took; those that are known are not taken twice. They count from the
/// moment when the call was bridged, or came when it never was.
pub(super) fn save(
    db: &Connection,
    record: &CallRecord,
    uses: &[CapUse],
) -> Result<(), StoreError> {
    let call = word(&record.id)?;
    let at = record.bridged_at.unwrap_or(record.started_at).micros();
    let mut statement = db.prepare_cached(SAVE)?;
    for CapUse { level, subject, span, period } in uses {
        statement.execute(params![call, level, subject, span, period, at])?;
    }
    Ok(())
}

/// What is used up of every counter.
pub(super) fn counts_since(db: &Connection, since: Wall) -> Result<Vec<CapCount>, StoreError> {
    let mut statement = db.prepare_cached(COUNTS_SINCE)?;
    let mut rows = statement.query(params![since.micros()])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("cap_use", row);
        let counter = CapUse {
            level: column.plain("level")?,
            subject: column.plain("subject")?,
            span: column.plain("span")?,
            period: column.plain("period")?,
        };
        counts.push(CapCount { counter, used: column.natural("used")? });
    }
    Ok(counts)
}
