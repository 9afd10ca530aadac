//! The database file and the connections to it.

use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::ErrorCode;
use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;

use crate::store::StoreError;
use crate::store::network_file_system;

/// How long the writer waits for the write lock of another program. More than a minute, so that a
/// backup can hold the lock for a minute without loss of records: writes queue meanwhile.
const WRITE_LOCK_PATIENCE: Duration = Duration::from_secs(75);

/// How long a reader waits for a lock. In write-ahead mode, readers wait only for a recovery.
const READ_LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// Mode of the database file. It holds callers' phone numbers, so only its owner may read it.
/// SQLite creates the log with the same mode.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o750;

/// Most attempts to enable the write-ahead log while other programs enable it too.
const LOG_TRIES: usize = 100;

/// Creates the file and its directory if they do not exist. Does not open an existing file: closing
/// it would drop the locks that another connection of this program may hold on it.
pub(in crate::store) fn create(path: &Path) -> Result<(), StoreError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(directory) = directory {
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory);
        made.map_err(|error| StoreError::Directory {
            path: directory.to_owned(),
            cause: error.to_string(),
        })?;
    }
    if let Some(kind) = network_file_system(directory.unwrap_or(Path::new("."))) {
        return Err(StoreError::Network { path: path.to_owned(), kind });
    }
    match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::File { path: path.to_owned(), cause: error.to_string() }),
    }
}

/// The claim of a switch on a database, which excludes other switches. Dropping it releases the
/// claim.
#[derive(Debug)]
pub(in crate::store) struct Claim {
    _file: File,
}

/// Most statements that a connection keeps prepared: as many as the program has. Beyond the bound,
/// the one that was not used for longest would be prepared again.
const STATEMENTS: usize = 256;

/// Memory for pages of the writer, in KiB: those that a busy transaction changes. Beyond it, pages
/// are written to the log before the commit, some of them several times.
const WRITER_PAGES_KIB: i64 = 32 * 1_024;

/// Memory for pages of each reader, in KiB: those that a long report reads several times.
const READER_PAGES_KIB: i64 = 8 * 1_024;

/// Claims the database for one switch until the claim is dropped or the process ends for any
/// reason. Locks a file beside the database, because SQLite places its own locks on the database.
pub(in crate::store) fn claim(path: &Path) -> Result<Claim, StoreError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-switch");
    let fault = |error: io::Error| StoreError::File {
        path: PathBuf::from(&beside),
        cause: error.to_string(),
    };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(FILE_MODE);
    let file = options.open(&beside).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => Ok(Claim { _file: file }),
        Err(TryLockError::WouldBlock) => Err(StoreError::Claimed(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(fault(error)),
    }
}

/// Opens the connection of the writer.
pub(in crate::store) fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || -> Result<(Connection, String), rusqlite::Error> {
        let connection = Connection::open_with_flags(path, flags)?;
        keep_plans(&connection)?;
        keep_in_memory(&connection, WRITER_PAGES_KIB)?;
        connection.busy_timeout(WRITE_LOCK_PATIENCE)?;
        let mode = enable_log(&connection)?;
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
        )?;
        Ok((connection, mode))
    };
    let (connection, mode) = connect().map_err(|error| fault(path, error))?;
    // SQLite silently opens a read-only file for reading.
    if connection.is_readonly("main")? {
        let cause = "it is read-only".to_owned();
        return Err(StoreError::File { path: path.to_owned(), cause });
    }
    if mode != "wal" {
        return Err(StoreError::NoWal { path: path.to_owned(), mode });
    }
    Ok(connection)
}

/// Enables the write-ahead log and returns the resulting journal mode. SQLite does not wait while
/// another program enables the log, but a transaction does.
fn enable_log(connection: &Connection) -> Result<String, rusqlite::Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        match connection.query_one("PRAGMA journal_mode = WAL", [], |row| row.get(0)) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && tries < LOG_TRIES =>
            {
                connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK;")?;
            }
            done => return done,
        }
    }
}

/// Opens a connection of a reader, which cannot write.
pub(in crate::store) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| fault(path, error))?;
    keep_plans(&connection)?;
    keep_in_memory(&connection, READER_PAGES_KIB)?;
    connection.busy_timeout(READ_LOCK_PATIENCE)?;
    Ok(connection)
}

/// Makes the plan of a prepared statement independent of the values that are bound to it. Otherwise
/// SQLite prepares some statements again for every value, because another plan may suit it better.
fn keep_plans(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Makes a connection keep prepared statements, and pages up to a size in KiB.
fn keep_in_memory(connection: &Connection, pages: i64) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A negative number counts KiB instead of pages.
    connection.pragma_update(None, "cache_size", -pages)
}

fn fault(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotSqlite(path),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            StoreError::File { path, cause: error.to_string() }
        }
        Some(_) | None => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rusqlite::StatementStatus;

    use super::open_for_reading;
    use super::open_for_writing;
    use crate::store::Database;

    #[test]
    fn a_missing_directory_is_created_and_the_file_is_private() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/strowger.db");
        let store = Database::sqlite(&path).unwrap();
        for name in ["strowger.db", "strowger.db-wal", "strowger.db-shm"] {
            let file = path.with_file_name(name);
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        drop(store);
    }

    #[test]
    fn a_statement_is_not_prepared_again_for_other_values() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        drop(Database::sqlite(&path).unwrap());
        for connection in [open_for_writing(&path).unwrap(), open_for_reading(&path).unwrap()] {
            for sql in [
                "SELECT * FROM conversion WHERE sale = $1 ORDER BY id DESC LIMIT 1",
                "SELECT id FROM decision WHERE inquiry_id = $1 ORDER BY made_at, rowid",
                "SELECT sequence FROM event WHERE sequence > $1 ORDER BY sequence LIMIT 10",
            ] {
                let mut statement = connection.prepare_cached(sql).unwrap();
                for value in 0..10 {
                    statement.clear_bindings();
                    assert!(!statement.exists([value]).unwrap());
                }
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
            }
        }
    }

    #[test]
    fn a_file_that_cannot_be_opened_gives_one_clear_error() {
        let home = tempfile::tempdir().unwrap();
        let text = home.path().join("notes.txt");
        std::fs::write(&text, "These are notes, and surely not a database. ".repeat(50)).unwrap();
        for (path, expected) in [
            (text.clone(), "is not a SQLite database"),
            (text.join("strowger.db"), "cannot create the directory"),
            (home.path().to_owned(), "cannot open the database"),
        ] {
            let error = Database::sqlite(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
