//! Entries of suppression lists: look-ups, additions, removals.

use crate::base::ListName;
use crate::base::Wall;
use crate::store::Added;
use crate::store::Addition;
use crate::store::Mutation;
use crate::store::NotThere;
use crate::store::Remark;
use crate::store::StoreError;
use crate::suppression::Digest;
use crate::suppression::Listed;
use crate::suppression::SuppressionKey;

use super::column::Columns;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::suppression_list as list;

const CHECK: &str = "
    SELECT l.name, l.applies_to, l.applies_id, coalesce(s.since, p.at) AS since,
        coalesce(s.until, p.until) AS until, coalesce(s.reason, p.reason) AS reason
    FROM suppression AS s JOIN suppression_part AS p ON p.id = s.part
        JOIN suppression_list AS l ON l.id = p.list
    WHERE s.digest = $1 AND p.state IN ('single', 'live')
        AND coalesce(s.until, p.until, $2 + 1) > $2
    ORDER BY l.id, since";
/// Entries of a contact on a list: the part, since when, and whether it has not ended.
const OF_LIST: &str = "
    SELECT s.part, coalesce(s.since, p.at), coalesce(s.until, p.until, $1 + 1) > $1
    FROM suppression AS s JOIN suppression_part AS p ON p.id = s.part
    WHERE s.digest = $2 AND p.list = $3 AND p.state IN ('single', 'live')";
const SINGLE: &str = "SELECT id FROM suppression_part WHERE list = $1 AND state = 'single'";
const MAKE_SINGLE: &str = "
    INSERT INTO suppression_part (list, state, at, touched_at) VALUES ($1, 'single', $2, $2)
    RETURNING id";
const INSERT: &str = "
    INSERT INTO suppression (digest, part, since, until, reason) VALUES ($1, $2, $3, $4, $5)";
const DELETE: &str = "DELETE FROM suppression WHERE digest = $1 AND part = $2";
const COUNT: &str = "UPDATE suppression_part SET entries = entries + $1 WHERE id = $2";

/// Returns the lists that hold a contact, oldest list first.
pub(super) fn check(db: &Db, digest: Digest, at: Wall) -> Result<Vec<Listed>, StoreError> {
    let mut statement = db.prepare_cached(CHECK)?;
    let mut rows = statement.query(params![digest.0, at.micros()])?;
    let mut found: Vec<Listed> = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("suppression", row);
        let listed = Listed {
            list: column.text("name")?,
            applies_to: list::applies(&column)?,
            reason: column.plain("reason")?,
            since: column.wall("since")?,
            until: column.wall_or_null("until")?,
        };
        if found.last().is_none_or(|last| last.list != listed.list) {
            found.push(listed);
        }
    }
    Ok(found)
}

/// Adds contacts to a list. What was said of those that it has is replaced.
pub(super) fn add(
    db: &Db,
    key: &SuppressionKey,
    addition: &Addition,
) -> Result<Result<Added, NotThere>, StoreError> {
    let Addition { to, contacts, remark, by } = addition;
    let list = match list::to(db, to, by.at)? {
        Ok(list) => list,
        Err(not_there) => return Ok(Err(not_there)),
    };
    let part = single(db, list, by.at)?;
    let mut done = Added { added: 0, known: 0 };
    for contact in contacts {
        let digest = key.digest(contact);
        let since = take_out(db, digest, list, by.at)?.active;
        done.known += u64::from(since.is_some());
        done.added += u64::from(since.is_none());
        let Remark { reason, until } = remark;
        let (since, until) = (since.unwrap_or(by.at), until.map(Wall::micros));
        let row = params![digest.0, part, since.micros(), until, reason];
        db.prepare_cached(INSERT)?.execute(row)?;
        db.prepare_cached(COUNT)?.execute(params![1, part])?;
    }
    list::changed(db, list, to.list.as_str(), by)?;
    Ok(Ok(done))
}

/// Removes contacts from a list. Returns how many were on it; `None` without such a list.
pub(super) fn remove(
    db: &Db,
    name: &ListName,
    digests: &[Digest],
    by: &Mutation,
) -> Result<Option<u64>, StoreError> {
    let Some(found) = list::of_name(db, name)? else { return Ok(None) };
    let mut removed = 0;
    for digest in digests {
        removed += u64::from(take_out(db, *digest, found.id, by.at)?.any);
    }
    list::changed(db, found.id, name.as_str(), by)?;
    Ok(Some(removed))
}

/// An entry of a contact on a list, in one of its parts.
struct Entry {
    part: i64,
    since: i64,
    /// Whether it has not ended.
    is_active: bool,
}

/// What was taken out of a list.
struct TakenOut {
    /// Whether there was an entry.
    any: bool,
    /// Since when the contact was listed without an end in the past.
    active: Option<Wall>,
}

/// Removes all entries of a contact from a list.
fn take_out(db: &Db, digest: Digest, list: i64, at: Wall) -> Result<TakenOut, StoreError> {
    let mut statement = db.prepare_cached(OF_LIST)?;
    let entry =
        |row: Row<'_>| Ok(Entry { part: row.get(0)?, since: row.get(1)?, is_active: row.get(2)? });
    let entries: Vec<Entry> = statement.query_all(params![at.micros(), digest.0, list], entry)?;
    for Entry { part, .. } in &entries {
        db.prepare_cached(DELETE)?.execute(params![digest.0, part])?;
        db.prepare_cached(COUNT)?.execute(params![-1, part])?;
    }
    let active = entries.iter().filter(|entry| entry.is_active).map(|entry| entry.since).min();
    Ok(TakenOut { any: !entries.is_empty(), active: active.map(Wall::from_micros) })
}

/// Returns the part of the entries that are added one by one.
fn single(db: &Db, list: i64, at: Wall) -> Result<i64, StoreError> {
    let found = db.prepare_cached(SINGLE)?.query_row(params![list], |row| row.get(0)).optional()?;
    match found {
        Some(part) => Ok(part),
        None => {
            let mut statement = db.prepare_cached(MAKE_SINGLE)?;
            Ok(statement.query_row(params![list, at.micros()], |row| row.get(0))?)
        }
    }
}
