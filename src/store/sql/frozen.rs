//! A database as it was at one instant, for a proof: read only, and never migrated.

use std::fmt;

use super::book;
use super::column::Columns;
use super::column::word;
use super::copy::refuse_unfinished;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::Source;
use super::engine::params;
use super::fact;
use super::frozen_rows;
use super::migrate;
use crate::base::CallId;
use crate::base::JournalId;
use crate::call::CallState;
use crate::config::Location;
use crate::proof::Proof;
use crate::store::BookVersion;
use crate::store::StoreError;

const STATE: &str = "SELECT state FROM inquiry WHERE id = $1";

/// A database as it was at one instant. Writers go on meanwhile; what they write is kept in the
/// write-ahead log until this is dropped.
pub struct Frozen {
    db: Db,
    location: Location,
}

impl Frozen {
    /// Opens a database, and reads it as it is now until this is dropped. Blocks; not to be called by
    /// a task.
    ///
    /// # Errors
    /// [`StoreError`]: it cannot be read, or another program migrated it.
    pub fn open(location: &Location) -> Result<Self, StoreError> {
        let db = Source::of(location)?.open_for_reading()?;
        db.begin_to_read()?;
        // The first read begins the snapshot.
        migrate::check(&db, &location.to_string())?;
        refuse_unfinished(&db, location)?;
        Ok(Self { db, location: location.clone() })
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
        let read = |row: Row<'_>| Ok(Columns::of("inquiry", row).word("state"));
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
        f.debug_struct("Frozen").field("location", &self.location).finish_non_exhaustive()
    }
}
