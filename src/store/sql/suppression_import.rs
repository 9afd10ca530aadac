//! Imports of suppression lists: a part is loaded in many small writes and takes effect in one. The
//! rows of parts that do not count any more are removed in small writes, too.

use std::time::Duration;

use crate::base::Wall;
use crate::store::Destination;
use crate::store::ImportId;
use crate::store::ImportMode;
use crate::store::Imported;
use crate::store::Mutation;
use crate::store::NotThere;
use crate::store::Remark;
use crate::store::StoreError;
use crate::suppression::Digest;

use super::engine::Db;
use super::engine::Error;
use super::engine::Row;
use super::engine::params;
use super::suppression_list as list;

/// How long an import may pause before it is given up.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(3_600);
/// Ranges of digests that are purged one by one: by their first 12 bits.
pub(super) const PURGE_STEPS: u16 = 4_096;
/// Most parts that are purged together.
const PARTS_PURGED_MAX: i64 = 16;

const BEGIN: &str = "
    INSERT INTO suppression_part (list, state, reason, until, at, touched_at)
    VALUES ($1, 'loading', $2, $3, $4, $4) RETURNING id";
const TOUCH: &str = "
    UPDATE suppression_part SET touched_at = $1, entries = entries + $2
    WHERE id = $3 AND state = 'loading' RETURNING list";
/// Leaves out what the list has.
const ADD: &str = "
    INSERT INTO suppression (digest, part)
    SELECT $1, $2 WHERE NOT EXISTS
        (SELECT 1 FROM suppression AS s JOIN suppression_part AS p ON p.id = s.part
         WHERE s.digest = $1 AND p.list = $3 AND p.state IN ('single', 'live')
             AND coalesce(s.until, p.until, $4 + 1) > $4)
    ON CONFLICT DO NOTHING";
/// Keeps since when the list has it.
const REPLACE: &str = "
    INSERT INTO suppression (digest, part, since)
    SELECT $1, $2,
        (SELECT min(coalesce(s.since, p.at))
         FROM suppression AS s JOIN suppression_part AS p ON p.id = s.part
         WHERE s.digest = $1 AND p.list = $3 AND p.state IN ('single', 'live')
             AND coalesce(s.until, p.until, $4 + 1) > $4)
    ON CONFLICT DO NOTHING";
const FINISH: &str = "
    UPDATE suppression_part SET state = 'live' WHERE id = $1 AND state = 'loading'
    RETURNING list, entries";
const DROP_OTHERS: &str = "
    UPDATE suppression_part SET state = 'dropped'
    WHERE list = $1 AND id <> $2 AND state IN ('single', 'live')";
const DROP_IF_EMPTY: &str = "
    UPDATE suppression_part SET state = 'dropped'
    WHERE id = $1 AND entries = 0 AND EXISTS
        (SELECT 1 FROM suppression_part AS other
         WHERE other.list = $2 AND other.id <> $1 AND other.state IN ('single', 'live'))";
const NAME: &str = "SELECT name FROM suppression_list WHERE id = $1";
const ENTRIES: &str = "
    SELECT coalesce(sum(entries), 0) FROM suppression_part
    WHERE list = $1 AND state IN ('single', 'live')";
const GIVE_UP: &str = "
    UPDATE suppression_part SET state = 'dropped' WHERE state = 'loading' AND touched_at < $1";
const DROPPED: &str = "
    SELECT id FROM suppression_part WHERE state = 'dropped' ORDER BY id LIMIT $1";
const PURGE: &str = "
    DELETE FROM suppression WHERE digest >= $1 AND digest < $2 AND part = $3";
const PURGE_LAST: &str = "DELETE FROM suppression WHERE digest >= $1 AND $2 = x'' AND part = $3";
const FORGET: &str = "DELETE FROM suppression_part WHERE id = $1 AND state = 'dropped'";
/// A list whose first import did not take effect has no part left.
const FORGET_LISTS: &str = "
    DELETE FROM suppression_list WHERE NOT EXISTS
        (SELECT 1 FROM suppression_part AS p WHERE p.list = suppression_list.id)";

/// Begins an import.
pub(super) fn begin(
    db: &Db,
    to: &Destination,
    remark: &Remark,
    at: Wall,
) -> Result<Result<ImportId, NotThere>, StoreError> {
    let list = match list::to(db, to, at)? {
        Ok(list) => list,
        Err(not_there) => return Ok(Err(not_there)),
    };
    let Remark { reason, until } = remark;
    let values = params![list, reason, until.map(Wall::micros), at.micros()];
    let id = db.prepare_cached(BEGIN)?.query_row(values, |row| row.get(0))?;
    Ok(Ok(ImportId(id)))
}

/// Adds digests to an import.
pub(super) fn rows(
    db: &Db,
    ImportId(part): ImportId,
    mode: ImportMode,
    digests: &[Digest],
    at: Wall,
) -> Result<(), StoreError> {
    let list = touch(db, part, 0, at)?;
    let mut statement = db.prepare_cached(match mode {
        ImportMode::Add => ADD,
        ImportMode::Replace => REPLACE,
    })?;
    let mut count = 0;
    for digest in digests {
        count += statement.execute(params![digest.0, part, list, at.micros()])?;
    }
    touch(db, part, count, at).map(drop)
}

/// Counts entries of an import, and notes that it goes on. Returns its list.
fn touch(db: &Db, part: i64, count: usize, at: Wall) -> Result<i64, StoreError> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(TOUCH)?;
    let list = statement.query_row(params![at.micros(), count, part], |row| row.get(0));
    list.map_err(given_up)
}

fn given_up(error: Error) -> StoreError {
    match error {
        Error::NoRow => StoreError::WrongState,
        Error::Failed(error) => error,
    }
}

/// Makes an import take effect.
pub(super) fn finish(
    db: &Db,
    ImportId(part): ImportId,
    mode: ImportMode,
    by: &Mutation,
) -> Result<Imported, StoreError> {
    let read = |row: Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let mut statement = db.prepare_cached(FINISH)?;
    let (list, written): (i64, i64) = statement.query_row(params![part], read).map_err(given_up)?;
    match mode {
        ImportMode::Add => db.prepare_cached(DROP_IF_EMPTY)?.execute(params![part, list])?,
        ImportMode::Replace => db.prepare_cached(DROP_OTHERS)?.execute(params![list, part])?,
    };
    let name: String = db.prepare_cached(NAME)?.query_row(params![list], |row| row.get(0))?;
    list::changed(db, list, &name, by)?;
    let entries: i64 = db.prepare_cached(ENTRIES)?.query_row(params![list], |row| row.get(0))?;
    let count = |entries| u64::try_from(entries).unwrap_or(0);
    Ok(Imported { written: count(written), entries: count(entries) })
}

/// Returns parts whose rows are to be removed, including imports that do not go on.
pub(super) fn dropped(db: &Db, at: Wall) -> Result<Vec<i64>, StoreError> {
    let before = at - GIVEN_UP_AFTER;
    db.prepare_cached(GIVE_UP)?.execute(params![before.micros()])?;
    let mut statement = db.prepare_cached(DROPPED)?;
    Ok(statement.query_all(params![PARTS_PURGED_MAX], |row| row.get(0))?)
}

/// Removes the rows of parts in one range of digests. Returns how many.
pub(super) fn purge(db: &Db, parts: &[i64], step: u16) -> Result<u64, StoreError> {
    let bound = |step: u16| (step << 4).to_be_bytes();
    let is_last = step + 1 >= PURGE_STEPS;
    let end = if is_last { Vec::new() } else { bound(step + 1).to_vec() };
    let mut removed = 0;
    for part in parts {
        let mut statement = db.prepare_cached(if is_last { PURGE_LAST } else { PURGE })?;
        removed += statement.execute(params![bound(step), end, part])?;
    }
    Ok(u64::try_from(removed).unwrap_or(u64::MAX))
}

/// Forgets parts whose rows are removed, and lists that no import made after all.
pub(super) fn forget(db: &Db, parts: &[i64]) -> Result<(), StoreError> {
    for part in parts {
        db.prepare_cached(FORGET)?.execute(params![part])?;
    }
    db.prepare_cached(FORGET_LISTS)?.execute(params![])?;
    Ok(())
}
