//! Pings of sources.

use crate::base::CallId;
use crate::base::LeadId;
use crate::base::Phone;
use crate::base::PingId;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::CallPings;
use crate::lead::PingRecord;
use crate::store::PINGS_KEPT;
use crate::store::PINGS_LISTED_MAX;
use crate::store::PingCount;
use crate::store::PingQuery;
use crate::store::StoreError;

use super::bid;
use super::column::Columns;
use super::column::json;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const INSERT: &str = "
    INSERT INTO ping (id, source, offer, at, test, expires_at, record, caller)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
/// Deletes a few old pings per ping, more than it adds, so that the table does not grow.
const FORGET: &str = "
    DELETE FROM ping WHERE id IN (SELECT id FROM ping WHERE at <= $1 ORDER BY at LIMIT 4)";
/// Removes the callers of bids that have ended: no call comes for them any more.
const FORGET_CALLERS: &str =
    "UPDATE ping SET caller = NULL WHERE caller IS NOT NULL AND expires_at <= $1";
const FORGET_CALLER: &str = "UPDATE ping SET caller = NULL WHERE caller = $1";
const FETCH: &str = "SELECT record, lead, caller, call FROM ping WHERE id = $1";
/// A bid lives for an hour at most, so that few rows are read.
const OPEN: &str = "
    SELECT record, lead, caller, call FROM ping
    WHERE at >= $1 AND expires_at > $2 AND test = 0 AND call IS NULL
        AND json_extract(record, '$.call') IS NOT NULL
    ORDER BY at, id";
const USE: &str = "UPDATE ping SET lead = $1 WHERE id = $2 AND lead IS NULL";
const USED_BY: &str = "SELECT lead FROM ping WHERE id = $1 AND lead IS NOT NULL";
const LIST: &str = "
    SELECT record, lead, caller, call FROM ping
    WHERE at >= $1 AND at < $2 AND (CAST($3 AS TEXT) IS NULL OR source = $3) AND (CAST($4 AS TEXT) IS NULL OR id = $4)
    ORDER BY at DESC, id DESC LIMIT $5";
/// The caller is known by the call from now on.
const CAME: &str = "UPDATE ping SET call = $1, caller = NULL WHERE id = $2 AND call IS NULL";
const COUNT: &str = "SELECT count(*) FROM ping WHERE source = $1 AND at >= $2";
const SUMS: &str = "
    SELECT source, offer, count(*) AS pings, count(expires_at) AS bids,
        count(coalesce(lead, call)) AS posted,
        count(CASE WHEN lead IS NULL AND call IS NULL AND expires_at <= $1 THEN 1 END) AS unused
    FROM ping WHERE at >= $2 AND at < $3 AND test = 0 AND (CAST($4 AS TEXT) IS NULL OR source = $4)
    GROUP BY source, offer ORDER BY source, offer";

/// Stores a ping, and deletes old ones.
pub(super) fn open(db: &Db, record: &PingRecord) -> Result<(), StoreError> {
    db.prepare_cached(FORGET)?.execute(params![(record.at - PINGS_KEPT).micros()])?;
    db.prepare_cached(FORGET_CALLERS)?.execute(params![record.at.micros()])?;
    // Without a bid, no call comes.
    let call = record.call.as_ref().filter(|_| record.expires_at.is_some());
    let caller = call.and_then(|call| call.caller.as_ref());
    db.prepare_cached(INSERT)?.execute(params![
        word(&record.id)?,
        record.source.as_str(),
        record.offer.as_str(),
        record.at.micros(),
        record.test,
        record.expires_at.map(Wall::micros),
        json(record)?,
        caller.map(Phone::e164),
    ])?;
    bid::save_on_ping(db, record.id, &record.bids, record.at)
}

/// Returns a ping; `None` if it is unknown.
pub(super) fn fetch(db: &Db, id: PingId) -> Result<Option<PingRecord>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let mut rows = statement.query(params![word(&id)?])?;
    rows.next()?.map(read).transpose()
}

/// Returns the pings for calls whose bids have not ended and were not used.
pub(super) fn open_calls(db: &Db, now: Wall) -> Result<Vec<PingRecord>, StoreError> {
    let mut statement = db.prepare_cached(OPEN)?;
    let since = now - CallPings::LIFE_MAX;
    let mut rows = statement.query(params![since.micros(), now.micros()])?;
    let mut pings = Vec::new();
    while let Some(row) = rows.next()? {
        pings.push(read(row)?);
    }
    Ok(pings)
}

/// Returns pings, latest first; with an id, that one.
pub(super) fn list(
    db: &Db,
    query: &PingQuery,
    id: Option<PingId>,
    limit: usize,
) -> Result<Vec<PingRecord>, StoreError> {
    let PingQuery { since, until, source, now: _ } = query;
    let mut statement = db.prepare_cached(LIST)?;
    let source = source.as_ref().map(SourceId::as_str);
    let id = id.as_ref().map(word).transpose()?;
    let limit = i64::try_from(limit.clamp(1, PINGS_LISTED_MAX)).unwrap_or(1);
    let mut rows = statement.query(params![since.micros(), until.micros(), source, id, limit])?;
    let mut pings = Vec::new();
    while let Some(row) = rows.next()? {
        pings.push(read(row)?);
    }
    Ok(pings)
}

/// Notes the call that came for a bid.
pub(super) fn came(db: &Db, id: PingId, call: CallId) -> Result<(), StoreError> {
    db.prepare_cached(CAME)?.execute(params![word(&call)?, word(&id)?])?;
    bid::remove_from_ping(db, id)
}

/// Removes a caller from the pings.
pub(super) fn forget_caller(db: &Db, caller: &Phone) -> Result<(), StoreError> {
    db.prepare_cached(FORGET_CALLER)?.execute(params![caller.e164()])?;
    Ok(())
}

fn read(row: Row<'_>) -> Result<PingRecord, StoreError> {
    let column = Columns::of("ping", row);
    let mut record: PingRecord = column.json("record")?;
    record.lead = column.word_or_null("lead")?;
    if let Some(call) = &mut record.call {
        call.caller = column.word_or_null("caller")?;
        call.came = column.word_or_null("call")?;
    }
    Ok(record)
}

/// Notes the lead that is posted to a ping; returns the one that was posted before.
pub(super) fn post(db: &Db, id: PingId, lead: LeadId) -> Result<Option<LeadId>, StoreError> {
    if db.prepare_cached(USE)?.execute(params![word(&lead)?, word(&id)?])? > 0 {
        bid::remove_from_ping(db, id)?;
        return Ok(None);
    }
    let id = word(&id)?;
    let mut statement = db.prepare_cached(USED_BY)?;
    let read = |row: Row<'_>| Ok(Columns::of("ping", row).word("lead"));
    statement.query_row(params![id], read).optional()?.transpose()
}

/// Returns the number of a source's pings since a time.
pub(super) fn count(db: &Db, source: &SourceId, since: Wall) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(COUNT)?;
    let count: i64 =
        statement.query_row(params![source.as_str(), since.micros()], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Returns what became of pings, by source and offer.
pub(super) fn sums(db: &Db, query: &PingQuery) -> Result<Vec<PingCount>, StoreError> {
    let PingQuery { since, until, source, now } = query;
    let mut statement = db.prepare_cached(SUMS)?;
    let source = source.as_ref().map(SourceId::as_str);
    let values = params![now.micros(), since.micros(), until.micros(), source];
    let mut rows = statement.query(values)?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("ping", row);
        counts.push(PingCount {
            source: column.word("source")?,
            offer: column.word("offer")?,
            pings: column.natural("pings")?,
            bids: column.natural("bids")?,
            posted: column.natural("posted")?,
            unused: column.natural("unused")?,
        });
    }
    Ok(counts)
}
