//! What can go wrong with the database.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_CONSTRAINT_DATATYPE;

/// A fault of the store. It can be cloned, since one failed commit fails every write in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The address of the database names no kind that is known.
    #[error("`{0}` is not a database address: write it like \"sqlite:var/strowger.db\"")]
    Url(String),
    /// The database's directory is missing and cannot be made.
    #[error("cannot create the directory {} for the database: {cause}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The database's file cannot be opened for reading and writing.
    #[error(
        "cannot open the database {}: {cause} (the program must be able to write the file and \
         its directory)", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The file is something else.
    #[error("{} is not a SQLite database", .0.display())]
    NotSqlite(PathBuf),
    /// The file system does not carry a write-ahead log.
    #[error(
        "{} cannot use a write-ahead log (SQLite chose `{mode}`): put the database on a local disk",
        path.display()
    )]
    NoWal {
        /// The file.
        path: PathBuf,
        /// The journal mode that SQLite fell back to.
        mode: String,
    },
    /// A newer program has migrated the database.
    #[error(
        "{} has schema {found}, this program knows {known}: run the newer program, or restore a \
         backup from before", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema's number in the file.
        found: usize,
        /// The highest that this program knows.
        known: usize,
    },
    /// Another switch takes calls with the database.
    #[error("another switch is running on the database {}: stop it first", .0.display())]
    Claimed(PathBuf),
    /// Another program held the database's write lock for too long. Nothing was written.
    #[error("the database is locked by another program")]
    Busy,
    /// The disk is full, or the file is at its limit. Nothing was written.
    #[error("the disk of the database is full")]
    Full,
    /// A row holds what this program never writes there.
    #[error("the database holds an unreadable {what}: {cause}")]
    Unreadable {
        /// Table and column.
        what: &'static str,
        /// What is wrong with it; never the value, which may be a caller's number.
        cause: String,
    },
    /// A record was given to the wrong operation: an ended call to open, or a live one to finish.
    #[error("the record's state does not fit the operation")]
    WrongState,
    /// A sum of money does not fit into 64 bits of micros. Nothing was written.
    #[error("an amount is too large to be counted: {0}")]
    TooLarge(String),
    /// A request with an idempotency key took too long, and was begun again in the meantime. Nothing
    /// was written.
    #[error("the request took too long and was begun again")]
    Abandoned,
    /// The store was shut down, or its writer died.
    #[error("the store is closed")]
    Closed,
    /// A fault of ours ended the operation; nothing of it was stored.
    #[error("a fault of the program ended a database operation")]
    Panicked,
    /// Anything else that the database refused.
    #[error("database: {0}")]
    Sql(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            // A sum that leaves the integers becomes a real number, which no column takes.
            Some(ErrorCode::ConstraintViolation)
                if error.sqlite_extended_error_code() == Some(SQLITE_CONSTRAINT_DATATYPE) =>
            {
                StoreError::TooLarge(error.to_string())
            }
            Some(_) | None => StoreError::Sql(error.to_string()),
        }
    }
}
