//! Leads that ad platforms announced.

use crate::base::Wall;
use crate::lead::platform::Announced;
use crate::store::ANNOUNCED_KEPT;
use crate::store::ANNOUNCED_MAX;
use crate::store::AnnouncedEnd;
use crate::store::AnnouncedLead;
use crate::store::AnnouncedState;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;

const INSERT: &str = "
    INSERT INTO announced (platform, id, page, form, at, due_at, attempts, state)
    VALUES ($1, $2, $3, $4, $5, $5, 0, 'waiting')
    ON CONFLICT (platform, id) DO UPDATE SET at = excluded.at, due_at = excluded.due_at,
        attempts = 0, state = 'waiting' WHERE announced.state = 'dead'";
/// Deletes a few old ones per announcement, more than it adds, so that the table does not grow.
const FORGET: &str = "
    DELETE FROM announced WHERE (platform, id) IN
        (SELECT platform, id FROM announced WHERE at <= $1 AND due_at IS NULL ORDER BY at LIMIT 4)";
const DROP: &str = "DELETE FROM announced WHERE platform = $1 AND id = $2 AND state <> 'taken'";
const DUE: &str = "SELECT * FROM announced WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
const NEXT: &str = "SELECT min(due_at) FROM announced WHERE due_at IS NOT NULL";
const TAKEN: &str = "
    UPDATE announced SET state = 'taken', due_at = NULL, attempts = attempts + 1, lead = $1,
        reason = NULL
    WHERE platform = $2 AND id = $3";
const FAILED: &str = "
    UPDATE announced SET state = CASE WHEN CAST($1 AS BIGINT) IS NULL THEN 'dead' ELSE 'waiting' END, due_at = $1,
        attempts = attempts + 1, reason = $2
    WHERE platform = $3 AND id = $4 AND state = 'waiting'";
const LIST: &str = "
    SELECT * FROM announced WHERE CAST($1 AS TEXT) IS NULL OR state = $1 ORDER BY at DESC, id LIMIT $2";

/// Stores announcements, and deletes old ones.
pub(super) fn insert(db: &Db, all: &[Announced], at: Wall) -> Result<(), StoreError> {
    for Announced { platform, id, page, form } in all {
        db.prepare_cached(FORGET)?.execute(params![(at - ANNOUNCED_KEPT).micros()])?;
        let values = params![platform.name(), id, page, form, at.micros()];
        db.prepare_cached(INSERT)?.execute(values)?;
    }
    Ok(())
}

/// Removes an announcement that is not taken.
pub(super) fn remove(db: &Db, announced: &Announced) -> Result<(), StoreError> {
    let Announced { platform, id, .. } = announced;
    db.prepare_cached(DROP)?.execute(params![platform.name(), id])?;
    Ok(())
}

/// Returns announcements that are due, oldest first.
pub(super) fn due(db: &Db, now: Wall) -> Result<Vec<AnnouncedLead>, StoreError> {
    let mut statement = db.prepare_cached(DUE)?;
    let mut rows = statement.query(params![now.micros(), most()])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(read(row)?);
    }
    Ok(due)
}

/// Returns when the next one is due.
pub(super) fn next(db: &Db) -> Result<Option<Wall>, StoreError> {
    let at: Option<i64> = db.prepare_cached(NEXT)?.query_row(params![], |row| row.get(0))?;
    Ok(at.map(Wall::from_micros))
}

/// Stores what an attempt came to.
pub(super) fn end(db: &Db, announced: &Announced, end: &AnnouncedEnd) -> Result<(), StoreError> {
    let (platform, id) = (announced.platform.name(), &announced.id);
    match end {
        AnnouncedEnd::Taken(lead) => {
            db.prepare_cached(TAKEN)?.execute(params![word(lead)?, platform, id])?
        }
        AnnouncedEnd::Failed { due_at, reason } => {
            let due = due_at.map(Wall::micros);
            db.prepare_cached(FAILED)?.execute(params![due, reason, platform, id])?
        }
    };
    Ok(())
}

/// Returns announcements, latest first.
pub(super) fn list(
    db: &Db,
    state: Option<AnnouncedState>,
) -> Result<Vec<AnnouncedLead>, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let mut rows = statement.query(params![state.map(AnnouncedState::name), most()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

fn most() -> i64 {
    i64::try_from(ANNOUNCED_MAX).unwrap_or(i64::MAX)
}

fn read(row: Row<'_>) -> Result<AnnouncedLead, StoreError> {
    let column = Columns::of("announced", row);
    let state: String = column.plain("state")?;
    let known = AnnouncedState::ALL.into_iter().find(|known| known.name() == state);
    Ok(AnnouncedLead {
        platform: column.word("platform")?,
        id: column.plain("id")?,
        page: column.plain("page")?,
        form: column.plain("form")?,
        at: column.wall("at")?,
        due_at: column.wall_or_null("due_at")?,
        attempts: column.natural("attempts")?,
        // The table takes no other word.
        state: known.unwrap_or(AnnouncedState::Dead),
        lead: column.word_or_null("lead")?,
        reason: column.plain("reason")?,
    })
}
