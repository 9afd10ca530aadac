//! Removes what is older than it is kept.

use crate::base::CallId;
use crate::base::Wall;
use crate::store::CallCursor;
use crate::store::Kept;
use crate::store::Left;
use crate::store::RecordedCall;
use crate::store::RecordedPage;
use crate::store::Start;
use crate::store::StoreError;

use super::call;
use super::column::Columns;
use super::column::before as id_before;
use super::column::json;
use super::column::word;
use super::delivery;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::privacy;
use super::recording;

/// Most calls of one step. Other writes wait that long.
const CALLS_AT_ONCE: usize = 200;
/// Most other entries of one step.
const ENTRIES_AT_ONCE: usize = 1_000;

/// The id of a call begins with the time of its arrival.
const ENDED: &str = "
    SELECT id, ended_at FROM inquiry
    WHERE id > $1 AND id < $2 AND state = 'ended'
    ORDER BY id LIMIT $3";
const FIRST: &str = "SELECT started_at FROM inquiry WHERE id > $1 ORDER BY id LIMIT 1";
const DECISIONS: &str = "DELETE FROM decision WHERE inquiry_id = $1";
/// The call itself stays known, so that a repeated first request does not begin another.
const LINES: &str = "
    DELETE FROM carrier_line WHERE token IN
        (SELECT token FROM carrier_call WHERE call_id = $1 AND live = 0)";

const LADDERS: &str = "
    DELETE FROM ladder WHERE (call, at) IN
        (SELECT call, at FROM ladder WHERE at < $1 ORDER BY at LIMIT $2)";
const FIRST_LADDER: &str = "SELECT min(at) FROM ladder";
const ACTIVITY: &str = "
    DELETE FROM activity WHERE number IN
        (SELECT number FROM activity WHERE at < $1 ORDER BY at LIMIT $2)";
const FIRST_ACTIVITY: &str = "SELECT min(at) FROM activity";
const KEYS: &str = "
    DELETE FROM request_key WHERE rowid IN
        (SELECT rowid FROM request_key WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
const FIRST_KEY: &str = "SELECT min(created_at) FROM request_key";
/// That of any state: its time is not after that of the one.
const FIRST_DELIVERY: &str = "SELECT min(due_at) FROM delivery WHERE state <> 'waiting'";

const DUE: &str = "
    SELECT DISTINCT recording.inquiry_id AS id
    FROM recording JOIN inquiry ON inquiry.id = recording.inquiry_id
    WHERE recording.inquiry_id > $1 AND recording.inquiry_id < $2
        AND state = 'ended' AND ended_at < $3
    ORDER BY recording.inquiry_id LIMIT $4";
const LATER: &str = "
    SELECT inquiry.started_at FROM recording JOIN inquiry ON inquiry.id = recording.inquiry_id
    WHERE recording.inquiry_id > $1 ORDER BY recording.inquiry_id LIMIT 1";
const RECORDINGS: &str = "DELETE FROM recording WHERE inquiry_id = $1";
const FORGET: &str = "UPDATE inquiry SET fields = $1, tags = $2 WHERE id = $3";

/// Removes some data of a kind from before `before`.
pub(super) fn remove(db: &Db, kind: Kept, start: Start, before: Wall) -> Result<Left, StoreError> {
    let of_call = |sql: &'static str| {
        move |call: &str| -> Result<(), StoreError> { privacy::changed(db, sql, call).map(drop) }
    };
    let (removed, first) = match kind {
        Kept::Decisions => return of_calls(db, start, before, of_call(DECISIONS)),
        Kept::Journals => return of_calls(db, start, before, of_call(LINES)),
        Kept::Callers => {
            let forget = |call: &str| privacy::forget_call(db, call).map(drop);
            return of_calls(db, start, before, forget);
        }
        Kept::Ladders => (entries(db, LADDERS, before)?, FIRST_LADDER),
        Kept::Activity => (entries(db, ACTIVITY, before)?, FIRST_ACTIVITY),
        Kept::IdempotencyKeys => (entries(db, KEYS, before)?, FIRST_KEY),
        Kept::Events => {
            (delivery::remove(db, "delivered", before, ENTRIES_AT_ONCE)?, FIRST_DELIVERY)
        }
        Kept::DeadLetters => {
            (delivery::remove(db, "dead", before, ENTRIES_AT_ONCE)?, FIRST_DELIVERY)
        }
    };
    if removed == ENTRIES_AT_ONCE {
        return Ok(Left::More(start));
    }
    let first: Option<i64> = db.prepare_cached(first)?.query_row(params![], |row| row.get(0))?;
    Ok(Left::Since(first.map(Wall::from_micros)))
}

fn entries(db: &Db, sql: &str, before: Wall) -> Result<usize, StoreError> {
    let most = i64::try_from(ENTRIES_AT_ONCE).unwrap_or(i64::MAX);
    Ok(db.prepare_cached(sql)?.execute(params![before.micros(), most])?)
}

/// Removes something of some calls that ended before `before`.
fn of_calls(
    db: &Db,
    start: Start,
    before: Wall,
    remove: impl Fn(&str) -> Result<(), StoreError>,
) -> Result<Left, StoreError> {
    let after = match start {
        Start::At(at) => id_before(at),
        Start::After(cursor) => cursor.to_string(),
    };
    let most = i64::try_from(CALLS_AT_ONCE).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(ENDED)?;
    let mut rows = statement.query(params![after, id_before(before), most])?;
    let mut calls: Vec<(CallId, bool)> = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("inquiry", row);
        let ended_at = column.wall_or_null("ended_at")?;
        calls.push((column.word("id")?, ended_at.is_some_and(|ended_at| ended_at < before)));
    }
    for (call, _) in calls.iter().filter(|(_, is_due)| *is_due) {
        remove(&word(call)?)?;
    }
    if calls.len() == CALLS_AT_ONCE
        && let Some((last, _)) = calls.last()
    {
        return Ok(Left::More(Start::After(CallCursor(*last))));
    }
    first_since(db, FIRST, before).map(Left::Since)
}

/// Returns the arrival of the first call at `since` or later.
fn first_since(db: &Db, sql: &str, since: Wall) -> Result<Option<Wall>, StoreError> {
    let read = |row: Row<'_>| row.get::<_, i64>(0);
    let found = db.prepare_cached(sql)?.query_row(params![id_before(since)], read).optional()?;
    Ok(found.map(Wall::from_micros))
}

/// Returns calls that ended before `before` and have recordings, oldest first.
pub(super) fn recordings_due(
    db: &Db,
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
    let later = match next {
        Some(_) => None,
        None => first_since(db, LATER, before)?,
    };
    Ok(RecordedPage { items, next, later })
}

/// Removes the recordings of calls, and what their records say of them.
pub(super) fn remove_recordings(db: &Db, calls: &[CallId]) -> Result<(), StoreError> {
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
