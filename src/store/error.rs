//! Errors of the store.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_CONSTRAINT_DATATYPE;

/// An error of the store. It is `Clone` because a failed commit fails every write in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The address of the PostgreSQL database cannot be read. The message does not show the address,
    /// because it may contain a password.
    #[error(
        "invalid address of the PostgreSQL database: {0}: write it like \
         postgres://user@host:5432/strowger?sslmode=verify-full"
    )]
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
        "{database} has schema {found}, this program knows {known}: run the newer program, or restore a \
         backup from before"
    )]
    Newer {
        /// The file, or the server and its database.
        database: String,
        /// The schema number in the database.
        found: usize,
        /// The highest schema number that this program knows.
        known: usize,
    },
    /// An older program migrated the database, and it may not be changed now.
    #[error(
        "{database} has schema {found}, this program needs {known}: run `strowger db migrate` first"
    )]
    Older {
        /// The file, or the server and its database.
        database: String,
        /// The schema number in the database.
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
    /// A database cannot be copied, or its copy is not complete.
    #[error("{0}")]
    Copy(String),
    /// Another switch uses the database.
    #[error("another switch is running on the database {}: stop it first", .0.display())]
    Claimed(PathBuf),
    /// The server of the database cannot be reached, or the connection to it was lost. What was to be
    /// written is not, or the answer did not arrive.
    #[error("the database server cannot be reached: {0}")]
    Lost(String),
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
    /// the lock, the disk is full, or the server is away.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::Full | Self::Lost(_) => true,
            Self::Url(_)
            | Self::Directory { .. }
            | Self::File { .. }
            | Self::NotSqlite(_)
            | Self::NoWal { .. }
            | Self::Network { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::SuppressionKey { .. }
            | Self::Copy(_)
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

impl StoreError {
    /// Returns the error of an SQLSTATE of PostgreSQL
    /// (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
    pub(super) fn of_server(code: Option<&str>, message: &str) -> Self {
        match code {
            // A statement that took too long, a lock that was not free, a serialization failure, a
            // deadlock.
            Some("57014" | "55P03" | "40001" | "40P01") => Self::Busy,
            Some("53100") => Self::Full,
            // Connections that are refused or ended, transactions that idle, servers that start,
            // stop or only read; and statements that were prepared before a newer program migrated
            // the tables: another connection prepares them again.
            Some(code)
                if code.starts_with("08")
                    || code.starts_with("57P")
                    || matches!(code, "53300" | "25P03" | "25006" | "0A000") =>
            {
                Self::Lost(message.to_owned())
            }
            Some("22003") => Self::TooLarge(message.to_owned()),
            Some(_) | None => Self::Sql(message.to_owned()),
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
