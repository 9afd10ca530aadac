//! Errors of the store.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_CONSTRAINT_DATATYPE;

/// An error of the store. It is `Clone` because a failed commit fails every write in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database address names an unknown kind of database.
    #[error("`{0}` is not a database address: write it like \"sqlite:var/strowger.db\"")]
    Url(String),
    /// The directory of the database does not exist and cannot be created.
    #[error("cannot create the directory {} for the database: {cause}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Error message of the operating system.
        cause: String,
    },
    /// The database file cannot be opened for reading and writing.
    #[error(
        "cannot open the database {}: {cause} (the program must be able to write the file and \
         its directory)", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Error message of the operating system.
        cause: String,
    },
    /// The file is not a SQLite database.
    #[error("{} is not a SQLite database", .0.display())]
    NotSqlite(PathBuf),
    /// The file system does not support a write-ahead log.
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
    /// The database is on a network file system.
    #[error(
        "{} is on a network file system ({kind}), where SQLite's locks and shared memory cannot be \
         relied on: put the database on a local disk", path.display()
    )]
    Network {
        /// The file.
        path: PathBuf,
        /// The type of the file system.
        kind: String,
    },
    /// A newer program migrated the database.
    #[error(
        "{} has schema {found}, this program knows {known}: run the newer program, or restore a \
         backup from before", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema number in the file.
        found: usize,
        /// The highest schema number that this program knows.
        known: usize,
    },
    /// An older program migrated the database, and it may not be changed now.
    #[error(
        "{} has schema {found}, this program needs {known}: run `strowger db migrate` first",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// The schema number in the file.
        found: usize,
        /// The schema number of this program.
        known: usize,
    },
    /// The key of the suppression lists cannot be used.
    #[error(
        "the key of the suppression lists, {}, {cause}: restore it from a backup, or drop every \
         list (`strowger suppress drop`) and import the lists again", path.display()
    )]
    SuppressionKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Another switch uses the database.
    #[error("another switch is running on the database {}: stop it first", .0.display())]
    Claimed(PathBuf),
    /// Another program held the write lock for too long. Nothing was written.
    #[error("the database is locked by another program")]
    Busy,
    /// The disk is full, or the file is at its limit. Nothing was written.
    #[error("the disk of the database is full")]
    Full,
    /// A row holds a value that this program never writes.
    #[error("the database holds an unreadable {what}: {cause}")]
    Unreadable {
        /// Table and column.
        what: &'static str,
        /// What is wrong. Never includes the value, which may be a caller's number.
        cause: String,
    },
    /// The record's state does not match the operation: an ended call to open, or a live call to
    /// finish.
    #[error("the state of the record does not match the operation")]
    WrongState,
    /// A sum of money does not fit into 64 bits of micros. Nothing was written.
    #[error("amount too large: {0}")]
    TooLarge(String),
    /// A request with an idempotency key took too long and has since been started again. Nothing
    /// was written.
    #[error("the request took too long and was started again")]
    Abandoned,
    /// The store was shut down, or its writer failed.
    #[error("the store is closed")]
    Closed,
    /// The operation panicked. Nothing was written.
    #[error("database operation failed: internal error")]
    Panicked,
    /// Any other error of the database.
    #[error("database: {0}")]
    Sql(String),
}

impl StoreError {
    /// Returns whether every later read of the same row will fail too.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }

    /// Returns whether the same operation may succeed later without a change: another program holds
    /// the lock, or the disk is full.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::Full => true,
            Self::Url(_)
            | Self::Directory { .. }
            | Self::File { .. }
            | Self::NotSqlite(_)
            | Self::NoWal { .. }
            | Self::Network { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::SuppressionKey { .. }
            | Self::Claimed(_)
            | Self::Unreadable { .. }
            | Self::WrongState
            | Self::TooLarge(_)
            | Self::Abandoned
            | Self::Closed
            | Self::Panicked
            | Self::Sql(_) => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            // SQLite turns a sum beyond 64 bits into a REAL, which no column accepts.
            Some(ErrorCode::ConstraintViolation)
                if error.sqlite_extended_error_code() == Some(SQLITE_CONSTRAINT_DATATYPE) =>
            {
                StoreError::TooLarge(error.to_string())
            }
            Some(_) | None => StoreError::Sql(error.to_string()),
        }
    }
}
