//! Suppression lists and their parts. A list is there while it has a part that took effect.

use crate::base::ListName;
use crate::base::Wall;
use crate::store::Destination;
use crate::store::LISTS_MAX;
use crate::store::Mutation;
use crate::store::NotThere;
use crate::store::StoreError;
use crate::store::SuppressionList;
use crate::suppression::Applies;

use super::activity;
use super::activity::Effect;
use super::column::Columns;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

/// True of a part whose entries count.
const COUNTS: &str = "state IN ('single', 'live')";

const IS_ANY: &str = "
    SELECT EXISTS (SELECT 1 FROM suppression_part WHERE state IN ('single', 'live'))";
const ALL: &str = "
    SELECT l.*, sum(p.entries) AS entries
    FROM suppression_list AS l JOIN suppression_part AS p
        ON p.list = l.id AND p.state IN ('single', 'live')
    GROUP BY l.id ORDER BY l.name";
const OF_NAME: &str = "SELECT * FROM suppression_list WHERE name = $1";
const COUNT: &str = "SELECT count(*) FROM suppression_list";
const INSERT: &str = "
    INSERT INTO suppression_list (name, applies_to, applies_id, created_at, changed_at)
    VALUES ($1, $2, $3, $4, $4) RETURNING id";
const APPLY: &str = "
    UPDATE suppression_list SET applies_to = $1, applies_id = $2, created_at = $3 WHERE id = $4";
const CHANGED: &str = "UPDATE suppression_list SET changed_at = $1 WHERE id = $2";
const DROP: &str = "DELETE FROM suppression_list WHERE id = $1";
const DROP_PARTS: &str = "UPDATE suppression_part SET state = 'dropped' WHERE list = $1";

/// The row of a list.
pub(super) struct ListRow {
    pub(super) id: i64,
    applies: Applies,
    /// Whether a part of it took effect.
    is_there: bool,
}

/// Returns whether there is a list.
pub(super) fn is_any(db: &Db) -> Result<bool, StoreError> {
    Ok(db.prepare_cached(IS_ANY)?.query_row(params![], |row| row.get(0))?)
}

/// Returns all lists, by name.
pub(super) fn all(db: &Db) -> Result<Vec<SuppressionList>, StoreError> {
    let mut statement = db.prepare_cached(ALL)?;
    let mut rows = statement.query(params![])?;
    let mut lists = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("suppression_list", row);
        lists.push(SuppressionList {
            name: column.text("name")?,
            applies_to: applies(&column)?,
            entries: column.natural("entries")?,
            created_at: column.wall("created_at")?,
            changed_at: column.wall("changed_at")?,
        });
    }
    Ok(lists)
}

/// Reads what a list applies to.
pub(super) fn applies(column: &Columns<'_>) -> Result<Applies, StoreError> {
    let (kind, id): (String, Option<String>) =
        (column.plain("applies_to")?, column.plain("applies_id")?);
    Applies::parse(&kind, id.as_deref()).map_err(|error| StoreError::Unreadable {
        what: "suppression_list",
        cause: format!("applies_to: {error}"),
    })
}

/// Returns the list with a name, if it is there.
pub(super) fn of_name(db: &Db, name: &ListName) -> Result<Option<ListRow>, StoreError> {
    Ok(row(db, name)?.filter(|row| row.is_there))
}

fn row(db: &Db, name: &ListName) -> Result<Option<ListRow>, StoreError> {
    let mut statement = db.prepare_cached(OF_NAME)?;
    let read = |row: Row<'_>| -> Result<(i64, Applies), StoreError> {
        let column = Columns::of("suppression_list", row);
        Ok((column.plain("id")?, applies(&column)?))
    };
    let found = statement.query_row(params![name.as_str()], |row| Ok(read(row)));
    let found = found.optional()?.transpose()?;
    let Some((id, applies)) = found else { return Ok(None) };
    let sql =
        format!("SELECT EXISTS (SELECT 1 FROM suppression_part WHERE list = $1 AND {COUNTS})");
    let is_there = db.prepare_cached(&sql)?.query_row(params![id], |row| row.get(0))?;
    Ok(Some(ListRow { id, applies, is_there }))
}

/// Returns the id of the list that entries go to, and makes it if there is none.
pub(super) fn to(db: &Db, to: &Destination, at: Wall) -> Result<Result<i64, NotThere>, StoreError> {
    let wanted = to.applies.clone().unwrap_or_default();
    let (kind, id) = (wanted.kind(), wanted.id());
    match row(db, &to.list)? {
        Some(found) if found.is_there => {
            let is_other = to.applies.is_some() && found.applies != wanted;
            Ok(if is_other { Err(NotThere::Applies(found.applies)) } else { Ok(found.id) })
        }
        // What an import left that was not finished.
        Some(found) => {
            db.prepare_cached(APPLY)?.execute(params![kind, id, at.micros(), found.id])?;
            Ok(Ok(found.id))
        }
        None => {
            let count: i64 = db.prepare_cached(COUNT)?.query_row(params![], |row| row.get(0))?;
            if usize::try_from(count).is_ok_and(|count| count >= LISTS_MAX) {
                return Ok(Err(NotThere::TooMany));
            }
            let values = params![to.list.as_str(), kind, id, at.micros()];
            Ok(Ok(db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?))
        }
    }
}

/// Notes a change of a list in the activity log.
pub(super) fn changed(db: &Db, list: i64, name: &str, by: &Mutation) -> Result<(), StoreError> {
    db.prepare_cached(CHANGED)?.execute(params![by.at.micros(), list])?;
    activity::done(db, by, Effect::of(name))
}

/// Drops a list. Returns whether it was there.
pub(super) fn drop(db: &Db, name: &ListName, by: &Mutation) -> Result<bool, StoreError> {
    let Some(found) = of_name(db, name)? else { return Ok(false) };
    db.prepare_cached(DROP_PARTS)?.execute(params![found.id])?;
    db.prepare_cached(DROP)?.execute(params![found.id])?;
    activity::done(db, by, Effect::of(name))?;
    Ok(true)
}
