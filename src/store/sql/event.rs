//! Events of the outbox.

use std::collections::HashSet;

use crate::base::CallId;
use crate::outbox::Event;
use crate::store::OUTBOX_PAGE_MAX;
use crate::store::OutboxEvent;
use crate::store::StoreError;

use super::column::Columns;
use super::column::json;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::gathered::Gathered;

const INSERT: &str = "
    INSERT INTO event (id, kind, at, data, call) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";
const UNPLANNED: &str = "
    SELECT sequence, id, at, data FROM event
    WHERE sequence > (SELECT planned FROM outbox) ORDER BY sequence LIMIT $1";
const OF_CALL: &str = "SELECT sequence, id, at, data FROM event WHERE call = $1";
const KINDS_OF_CALL: &str = "SELECT DISTINCT kind FROM event WHERE call = $1";
const REPLACE: &str = "UPDATE event SET data = $1 WHERE sequence = $2";
const REMOVE: &str = "DELETE FROM event WHERE sequence = $1";
/// Each event and each request to resend raises it.
pub(super) const HEAD: &str = "
    SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) + resent
    FROM outbox";

/// Writes an event, once. Everything that happens calls this in the transaction of its facts.
pub(super) fn write(db: &Db, event: &Event) -> Result<(), StoreError> {
    write_all(db, [event])
}

/// Writes events in order, each once.
pub(super) fn write_all<'e>(
    db: &Db,
    events: impl IntoIterator<Item = &'e Event>,
) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    for event in events {
        let id = word(&event.id)?;
        let inquiry = event.inquiry().map(|inquiry| word(&inquiry)).transpose()?;
        let data = json(&event.subject)?;
        let row = row![id, event.kind().name(), event.at.micros(), data, inquiry];
        rows.add(id, row);
    }
    rows.write(db, INSERT)
}

/// Returns the kinds of the stored events of a call.
pub(super) fn kinds_of(db: &Db, call: CallId) -> Result<HashSet<String>, StoreError> {
    let mut statement = db.prepare_cached(KINDS_OF_CALL)?;
    let kinds = statement.query_all(params![word(&call)?], |row| row.get(0))?;
    Ok(kinds.into_iter().collect())
}

/// Returns the oldest events that are not planned yet.
pub(super) fn unplanned(db: &Db) -> Result<Vec<OutboxEvent>, StoreError> {
    let limit = i64::try_from(OUTBOX_PAGE_MAX).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(UNPLANNED)?;
    let mut rows = statement.query(params![limit])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence = Columns::of("event", row).natural("sequence")?;
        events.push(OutboxEvent { sequence, event: read(row).ok() });
    }
    Ok(events)
}

/// Reads the columns `id`, `at` and `data` as an event.
pub(super) fn read(row: Row<'_>) -> Result<Event, StoreError> {
    let column = Columns::of("event", row);
    Ok(Event { id: column.word("id")?, at: column.wall("at")?, subject: column.json("data")? })
}

/// Removes from the events of a call what may tell of a person; an event that cannot be read is
/// removed as a whole. Returns the number of events that had something.
pub(super) fn forget_person(db: &Db, call: &str) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(OF_CALL)?;
    let mut rows = statement.query(params![call])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence = Columns::of("event", row).natural("sequence")?;
        match read(row) {
            Ok(event) => {
                let mut left = event.clone();
                left.forget_person();
                if left != event {
                    changed.push((sequence, Some(json(&left.subject)?)));
                }
            }
            Err(_) => changed.push((sequence, None)),
        }
    }
    for (sequence, left) in &changed {
        match left {
            Some(data) => db.prepare_cached(REPLACE)?.execute(params![data, natural(*sequence)])?,
            None => db.prepare_cached(REMOVE)?.execute(params![natural(*sequence)])?,
        };
    }
    Ok(u64::try_from(changed.len()).unwrap_or(u64::MAX))
}

/// Returns a number that each event and each request to resend raises.
pub(super) fn head(db: &Db) -> Result<u64, StoreError> {
    let head: i64 = db.prepare_cached(HEAD)?.query_row(params![], |row| row.get(0))?;
    Ok(head.unsigned_abs())
}
