//! Units that calls took from caps.

use rusqlite::Connection;
use rusqlite::Row;
use rusqlite::params;

use crate::base::Wall;
use crate::call::CallRecord;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::caps::Window;
use crate::store::CapCount;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;

const TAKE_ONCE: &str = "UPDATE call SET caps_taken = 1 WHERE id = $1 AND caps_taken = 0";

const TAKE: &str = "
    INSERT INTO cap_use (period, level, subject, used, taken_at) VALUES ($1, $2, $3, 1, $4)
    ON CONFLICT (period, level, subject) DO UPDATE SET used = cap_use.used + 1,
        taken_at = CASE WHEN excluded.taken_at > cap_use.taken_at THEN excluded.taken_at
                        ELSE cap_use.taken_at END";

const COUNTS_SINCE: &str = "
    SELECT period, level, subject, used FROM cap_use WHERE taken_at >= $1 AND period <> 'total'
    UNION ALL
    SELECT period, level, subject, used FROM cap_use WHERE period = 'total'
    ORDER BY level, subject, period";

/// Counts the units that a call took, once. They are taken when the call was bridged, or came
/// when it never was.
pub(super) fn save(
    db: &Connection,
    record: &CallRecord,
    uses: &[CapKey],
) -> Result<(), StoreError> {
    let mut kept = uses.iter().filter(|key| key.period.window() != Window::Concurrent).peekable();
    if kept.peek().is_none() {
        return Ok(());
    }
    if db.prepare_cached(TAKE_ONCE)?.execute(params![word(&record.id)?])? == 0 {
        return Ok(());
    }
    let at = record.bridged_at.unwrap_or(record.started_at).micros();
    let mut statement = db.prepare_cached(TAKE)?;
    for key in kept {
        let (level, subject) = match &key.level {
            Level::Contract(id) => ("contract", id.as_str()),
            Level::Buyer(id) => ("buyer", id.as_str()),
            Level::Offer(id) => ("offer", id.as_str()),
        };
        statement.execute(params![word(&key.period)?, level, subject, at])?;
    }
    Ok(())
}

/// What is used up of every counter that was used since, and of every one over all time.
pub(super) fn counts_since(db: &Connection, since: Wall) -> Result<Vec<CapCount>, StoreError> {
    let mut statement = db.prepare_cached(COUNTS_SINCE)?;
    let mut rows = statement.query(params![since.micros()])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push(read(row)?);
    }
    Ok(counts)
}

fn read(row: &Row<'_>) -> Result<CapCount, StoreError> {
    let column = Columns::of("cap_use", row);
    let level: String = column.plain("level")?;
    let level = match level.as_str() {
        "contract" => Level::Contract(column.word("subject")?),
        "buyer" => Level::Buyer(column.word("subject")?),
        "offer" => Level::Offer(column.word("subject")?),
        _ => {
            let cause = "level: not one of the values expected".to_owned();
            return Err(StoreError::Unreadable { what: "cap_use", cause });
        }
    };
    let key = CapKey { level, period: column.word("period")? };
    Ok(CapCount { key, used: column.natural("used")? })
}
