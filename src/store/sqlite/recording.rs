//! Recordings of calls.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::Row;
use rusqlite::params;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::Recording;
use crate::call::RecordingPlace;
use crate::store::CallCursor;
use crate::store::RecordedCall;
use crate::store::RecordedPage;
use crate::store::StoreError;

use super::call;
use super::column::Columns;
use super::column::before as id_before;
use super::column::json;
use super::column::millis;
use super::column::natural;
use super::column::word;

/// Most calls whose recordings one page has.
const CALLS_AT_ONCE: usize = 200;

const SAVE: &str = "
    INSERT INTO recording (inquiry_id, n, kind, started_at, length_ms, channels, bytes, url)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (inquiry_id, n) DO NOTHING";
const OF_CALL: &str = "SELECT * FROM recording WHERE inquiry_id = $1 ORDER BY n";
/// The id of a call begins with the time of its arrival.
const DUE: &str = "
    SELECT id FROM inquiry
    WHERE id > $1 AND id < $2 AND channel = 'call' AND state = 'ended' AND ended_at < $3
        AND EXISTS (SELECT 1 FROM recording WHERE recording.inquiry_id = inquiry.id)
    ORDER BY id LIMIT $4";
const REMOVE: &str = "DELETE FROM recording WHERE inquiry_id = $1";
const FORGET: &str = "UPDATE inquiry SET fields = $1, tags = $2 WHERE id = $3";

/// Stores the new recordings of a call.
pub(super) fn save(
    db: &Connection,
    call: CallId,
    recordings: &[Recording],
) -> Result<(), StoreError> {
    let call = word(&call)?;
    let mut statement = db.prepare_cached(SAVE)?;
    for Recording { n, kind, started_at, length, place } in recordings {
        let (channels, bytes, url) = match place {
            RecordingPlace::File { bytes, channels } => (Some(*channels), Some(*bytes), None),
            RecordingPlace::Carrier { url } => (None, None, Some(url)),
        };
        statement.execute(params![
            call,
            n,
            kind.name(),
            started_at.micros(),
            length.map(millis),
            channels,
            bytes.map(natural),
            url,
        ])?;
    }
    Ok(())
}

/// Returns the recordings of a call, in order.
pub(super) fn of_call(db: &Connection, call: CallId) -> Result<Vec<Recording>, StoreError> {
    let mut statement = db.prepare_cached(OF_CALL)?;
    let mut rows = statement.query(params![word(&call)?])?;
    let mut recordings = Vec::new();
    while let Some(row) = rows.next()? {
        recordings.push(read(row)?);
    }
    Ok(recordings)
}

/// Returns calls that ended before `before` and have recordings, oldest first.
pub(super) fn due(
    db: &Connection,
    before: Wall,
    cursor: Option<CallCursor>,
) -> Result<RecordedPage, StoreError> {
    let after = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
    let most = i64::try_from(CALLS_AT_ONCE).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(DUE)?;
    let mut rows = statement.query(params![after, id_before(before), before.micros(), most])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let call = Columns::of("inquiry", row).word("id")?;
        items.push(RecordedCall { call, recordings: of_call(db, call)? });
    }
    let next = items.last().filter(|_| items.len() == CALLS_AT_ONCE);
    let next = next.map(|last: &RecordedCall| CallCursor(last.call));
    Ok(RecordedPage { items, next })
}

/// Removes the recordings of calls, and what their records say of them.
pub(super) fn remove(db: &Connection, calls: &[CallId]) -> Result<(), StoreError> {
    for id in calls {
        let Some(mut record) = call::fetch(db, *id)? else { continue };
        record.forget_recordings();
        let id = word(id)?;
        let mut forget = db.prepare_cached(FORGET)?;
        forget.execute(params![json(&record.fields)?, json(&record.tags)?, id])?;
        db.prepare_cached(REMOVE)?.execute(params![id])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Recording, StoreError> {
    let column = Columns::of("recording", row);
    let place = match column.plain("url")? {
        Some(url) => RecordingPlace::Carrier { url },
        None => RecordingPlace::File {
            bytes: column.natural("bytes")?,
            channels: column.plain("channels")?,
        },
    };
    let length = column.natural_or_null("length_ms")?;
    Ok(Recording {
        n: column.plain("n")?,
        kind: column.word("kind")?,
        started_at: column.wall("started_at")?,
        length: length.map(Duration::from_millis),
        place,
    })
}
