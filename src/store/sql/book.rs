//! Versions of the route book.

use crate::store::BookVersion;
use crate::store::EDITIONS_MAX;
use crate::store::Edition;
use crate::store::Mutation;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::column::Columns;
use super::column::natural;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const INSERT: &str =
    "INSERT INTO book (version, document, applied_by, applied_at) VALUES ($1, $2, $3, $4)";
const LATEST: &str = "SELECT * FROM book ORDER BY version DESC LIMIT 1";
const FETCH: &str = "SELECT * FROM book WHERE version = $1";
const HISTORY: &str = "
    SELECT version, applied_by, applied_at FROM book
    WHERE version < $1 ORDER BY version DESC LIMIT $2";
pub(super) const VERSION: &str = "SELECT coalesce(max(version), 0) AS version FROM book";

/// Applies a text as the book and returns its version. A text equal to the live book keeps its
/// version.
pub(super) fn apply(db: &Db, text: &str, by: &Mutation) -> Result<u64, StoreError> {
    let before = latest(db)?;
    if let Some(same) = before.as_ref().filter(|book| book.text == text) {
        activity::done(db, by, Effect::book(same.version))?;
        return Ok(same.version);
    }
    let version = before.map_or(1, |book| book.version + 1);
    let values = params![natural(version), text, by.who(), by.at.micros()];
    db.prepare_cached(INSERT)?.execute(values)?;
    activity::done(db, by, Effect::book(version))?;
    Ok(version)
}

/// Applies a text like [`apply`] if `after` is still the live version; otherwise returns `None`.
pub(super) fn apply_after(
    db: &Db,
    after: u64,
    text: &str,
    by: &Mutation,
) -> Result<Option<u64>, StoreError> {
    if version(db)? == after { apply(db, text, by).map(Some) } else { Ok(None) }
}

/// Returns the live book.
pub(super) fn latest(db: &Db) -> Result<Option<BookVersion>, StoreError> {
    let mut statement = db.prepare_cached(LATEST)?;
    statement.query_row(params![], |row| Ok(read(row))).optional()?.transpose()
}

/// Returns one version of the book.
pub(super) fn fetch(db: &Db, version: u64) -> Result<Option<BookVersion>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![natural(version)], |row| Ok(read(row)));
    found.optional()?.transpose()
}

/// Returns the versions below `before`, newest first.
pub(super) fn history(
    db: &Db,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Edition>, StoreError> {
    let before = before.map_or(i64::MAX, natural);
    let limit = i64::try_from(limit.min(EDITIONS_MAX)).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(HISTORY)?;
    let mut rows = statement.query(params![before, limit])?;
    let mut editions = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("book", row);
        editions.push(Edition {
            version: column.natural("version")?,
            who: column.plain("applied_by")?,
            at: column.wall("applied_at")?,
        });
    }
    Ok(editions)
}

fn read(row: Row<'_>) -> Result<BookVersion, StoreError> {
    let column = Columns::of("book", row);
    Ok(BookVersion {
        version: column.natural("version")?,
        text: column.plain("document")?,
        who: column.plain("applied_by")?,
        at: column.wall("applied_at")?,
    })
}

/// Returns the version of the live book; 0 before the first.
pub(super) fn version(db: &Db) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(VERSION)?;
    statement.query_row(params![], |row| Ok(Columns::of("book", row).natural("version")))?
}
