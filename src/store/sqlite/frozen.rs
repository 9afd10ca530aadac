//! A database as it was at one instant, for a proof: read only, and never migrated.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::params;

use super::book;
use super::column::Columns;
use super::column::word;
use super::fact;
use super::file;
use super::frozen_rows;
use super::migrate::SCHEMA;
use crate::base::CallId;
use crate::base::JournalId;
use crate::call::CallState;
use crate::proof::Proof;
use crate::store::BookVersion;
use crate::store::StoreError;

const STATE: &str = "SELECT state FROM inquiry WHERE id = $1";

/// A database as it was at one instant. Writers go on meanwhile; what they write is kept in the
/// write-ahead log until this is dropped.
pub struct Frozen {
    db: Connection,
    path: PathBuf,
}

impl Frozen {
    /// Opens a database file, and reads it as it is now until this is dropped.
    ///
    /// # Errors
    /// [`StoreError`]: it cannot be read, or another program migrated it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = file::open_for_reading(path)?;
        db.execute_batch("BEGIN")?;
        // The first read begins the snapshot.
        let version: u32 = db.query_one("PRAGMA user_version", [], |row| row.get(0))?;
        let (found, known) = (usize::try_from(version).unwrap_or(usize::MAX), SCHEMA);
        let path = path.to_owned();
        if found > known {
            return Err(StoreError::Newer { path, found, known });
        }
        if found < known {
            return Err(StoreError::Older { path, found, known });
        }
        Ok(Self { db, path })
    }

    /// Returns the path of the socket of a switch that runs on the database.
    pub fn switch_socket(&self) -> PathBuf {
        file::socket(&self.path)
    }

    /// Returns the number of the last fact of a journal that was applied; 0 before the first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn applied(&self, journal: JournalId) -> Result<u64, StoreError> {
        fact::applied(&self.db, journal)
    }

    /// Returns the state of a call; `None` if it has no record.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn call_state(&self, call: CallId) -> Result<Option<CallState>, StoreError> {
        let mut statement = self.db.prepare_cached(STATE)?;
        let read = |row: &rusqlite::Row<'_>| Ok(Columns::of("inquiry", row).word("state"));
        statement.query_row(params![word(&call)?], read).optional()?.transpose()
    }

    /// Returns the live book.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn book(&self) -> Result<Option<BookVersion>, StoreError> {
        book::latest(&self.db)
    }

    /// Passes all rows to a proof.
    ///
    /// # Errors
    /// The database cannot be read. A row that cannot be read is a difference, and no error.
    pub fn prove(&self, proof: &mut Proof) -> Result<(), StoreError> {
        frozen_rows::all(&self.db, proof)
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frozen").field("path", &self.path).finish_non_exhaustive()
    }
}
