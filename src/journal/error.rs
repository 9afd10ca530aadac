//! Errors of the journal.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// An error of the journal. It can be cloned, as one failed commit fails every append in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The journal's directory is missing and cannot be created.
    #[error("cannot create the journal's directory {}: {cause}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Error of the operating system.
        cause: String,
    },
    /// The journal's file cannot be opened for reading and writing.
    #[error(
        "cannot open the journal {}: {cause} (the program must be able to write the file and its \
         directory)", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Error of SQLite.
        cause: String,
    },
    /// The file is not a journal.
    #[error("{} is not a journal: {cause}", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// Content found instead.
        cause: String,
    },
    /// Another process has the journal open.
    #[error("another switch is using the journal {}: stop it first", .0.display())]
    InUse(PathBuf),
    /// The file system does not support a write-ahead log.
    #[error(
        "{} cannot use a write-ahead log (SQLite chose `{mode}`): put the journal on a local disk",
        path.display()
    )]
    NoWal {
        /// The file.
        path: PathBuf,
        /// The journal mode that SQLite fell back to.
        mode: String,
    },
    /// The journal is on a network file system.
    #[error(
        "{} is on a network file system ({kind}), where SQLite's locks and shared memory cannot be \
         relied on: put the journal on a local disk", path.display()
    )]
    Network {
        /// The file.
        path: PathBuf,
        /// The type of the file system.
        kind: String,
    },
    /// The journal has reached its size limit, or its disk is full. Nothing was written.
    #[error("the journal is full")]
    Full,
    /// The journal was closed, or its writer thread ended.
    #[error("the journal is closed")]
    Closed,
    /// A fact cannot be encoded. Nothing was written.
    #[error("cannot encode a fact for the journal: {0}")]
    Unencodable(String),
    /// Any other error of SQLite or the disk.
    #[error("journal: {0}")]
    Sql(String),
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => JournalError::Full,
            Some(_) | None => JournalError::Sql(error.to_string()),
        }
    }
}
