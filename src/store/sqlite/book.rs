//! Versions of the route book.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::params;

use crate::base::Wall;
use crate::store::BookVersion;
use crate::store::StoreError;

use super::column::Columns;
use super::column::natural;

const INSERT: &str =
    "INSERT INTO book (version, document, applied_by, applied_at) VALUES ($1, $2, $3, $4)";
const LATEST: &str = "SELECT version, document FROM book ORDER BY version DESC LIMIT 1";
const VERSION: &str = "SELECT coalesce(max(version), 0) AS version FROM book";

/// Makes a text the book; answers with its version. The same text keeps its version.
pub(super) fn apply(db: &Connection, text: &str, who: &str, at: Wall) -> Result<u64, StoreError> {
    let before = latest(db)?;
    if let Some(same) = before.as_ref().filter(|book| book.text == text) {
        return Ok(same.version);
    }
    let version = before.map_or(1, |book| book.version + 1);
    db.prepare_cached(INSERT)?.execute(params![natural(version), text, who, at.micros()])?;
    Ok(version)
}

/// The book.
pub(super) fn latest(db: &Connection) -> Result<Option<BookVersion>, StoreError> {
    let mut statement = db.prepare_cached(LATEST)?;
    let read = |row: &rusqlite::Row<'_>| {
        let column = Columns::of("book", row);
        Ok(column
            .natural("version")
            .and_then(|version| Ok(BookVersion { version, text: column.plain("document")? })))
    };
    statement.query_row([], read).optional()?.transpose()
}

/// Its version, 0 before the first.
pub(super) fn version(db: &Connection) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(VERSION)?;
    statement.query_row([], |row| Ok(Columns::of("book", row).natural("version")))?
}
