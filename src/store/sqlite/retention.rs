//! Removes details and recordings of calls that ended long ago.

use rusqlite::Connection;
use rusqlite::params;

use crate::base::CallId;
use crate::base::Wall;
use crate::store::CallCursor;
use crate::store::RecordedCall;
use crate::store::RecordedPage;
use crate::store::StoreError;

use super::call;
use super::column::Columns;
use super::column::before as id_before;
use super::column::json;
use super::column::word;
use super::recording;

/// Most calls whose details one write removes, and whose recordings one page has. Other writes wait
/// that long.
const CALLS_AT_ONCE: usize = 200;

/// The id of a call begins with the time of its arrival.
const ENDED: &str = "
    SELECT id FROM inquiry
    WHERE id > $1 AND id < $2 AND channel = 'call' AND state = 'ended' AND ended_at < $3
    ORDER BY id LIMIT $4";
const CALLERS: &str = "
    SELECT id FROM inquiry
    WHERE id > $1 AND id < $2 AND channel = 'call' AND state = 'ended' AND ended_at < $3
        AND (caller IS NOT NULL OR fields <> '{}' OR tags <> '{}')
    ORDER BY id LIMIT $4";
/// Removes what may tell of the person of an ended call.
pub(super) const ANONYMIZE: &str = "
    UPDATE inquiry SET caller = NULL, fields = '{}', tags = '{}'
    WHERE id = $1 AND state = 'ended'";
const DECISIONS: &str = "DELETE FROM decision WHERE inquiry_id = $1";
/// The call itself stays known, so that a repeated first request does not begin another.
const LINES: &str = "
    DELETE FROM carrier_line WHERE token IN
        (SELECT token FROM carrier_call WHERE call_id = $1 AND live = 0)";

const DUE: &str = "
    SELECT id FROM inquiry
    WHERE id > $1 AND id < $2 AND channel = 'call' AND state = 'ended' AND ended_at < $3
        AND EXISTS (SELECT 1 FROM recording WHERE recording.inquiry_id = inquiry.id)
    ORDER BY id LIMIT $4";
const RECORDINGS: &str = "DELETE FROM recording WHERE inquiry_id = $1";
const FORGET: &str = "UPDATE inquiry SET fields = $1, tags = $2 WHERE id = $3";

/// Removes caller, fields, and tags of some ended calls; returns where to go on.
pub(super) fn forget_callers(
    db: &Connection,
    before: Wall,
    cursor: Option<CallCursor>,
) -> Result<Option<CallCursor>, StoreError> {
    let after = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
    let most = i64::try_from(CALLS_AT_ONCE).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(CALLERS)?;
    let mut rows = statement.query(params![after, id_before(before), before.micros(), most])?;
    let mut calls: Vec<CallId> = Vec::new();
    while let Some(row) = rows.next()? {
        calls.push(Columns::of("inquiry", row).word("id")?);
    }
    for call in &calls {
        db.prepare_cached(ANONYMIZE)?.execute(params![word(call)?])?;
    }
    Ok(calls.last().filter(|_| calls.len() == CALLS_AT_ONCE).map(|last| CallCursor(*last)))
}

/// Removes decisions and journals of some ended calls; returns where to go on.
pub(super) fn remove_details(
    db: &Connection,
    before: Wall,
    cursor: Option<CallCursor>,
) -> Result<Option<CallCursor>, StoreError> {
    let after = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
    let most = i64::try_from(CALLS_AT_ONCE).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(ENDED)?;
    let mut rows = statement.query(params![after, id_before(before), before.micros(), most])?;
    let mut calls: Vec<CallId> = Vec::new();
    while let Some(row) = rows.next()? {
        calls.push(Columns::of("inquiry", row).word("id")?);
    }
    for call in &calls {
        let id = call.to_string();
        db.prepare_cached(DECISIONS)?.execute(params![id])?;
        db.prepare_cached(LINES)?.execute(params![id])?;
    }
    Ok(calls.last().filter(|_| calls.len() == CALLS_AT_ONCE).map(|last| CallCursor(*last)))
}

/// Returns calls that ended before `before` and have recordings, oldest first.
pub(super) fn recordings_due(
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
        items.push(RecordedCall { call, recordings: recording::of_call(db, call)? });
    }
    let next = items.last().filter(|_| items.len() == CALLS_AT_ONCE);
    let next = next.map(|last: &RecordedCall| CallCursor(last.call));
    Ok(RecordedPage { items, next })
}

/// Removes the recordings of calls, and what their records say of them.
pub(super) fn remove_recordings(db: &Connection, calls: &[CallId]) -> Result<(), StoreError> {
    for id in calls {
        let Some(mut record) = call::fetch(db, *id)? else { continue };
        record.forget_recordings();
        let id = word(id)?;
        let mut forget = db.prepare_cached(FORGET)?;
        forget.execute(params![json(&record.fields)?, json(&record.tags)?, id])?;
        db.prepare_cached(RECORDINGS)?.execute(params![id])?;
    }
    Ok(())
}
