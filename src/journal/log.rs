//! The journal's file: a private SQLite database with one narrow table, in write-ahead mode with
//! `synchronous=FULL`, and open in this process only.

use std::fs::DirBuilder;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::ErrorCode;
use rusqlite::OpenFlags;
use rusqlite::OptionalExtension as _;
use rusqlite::TransactionBehavior;
use rusqlite::config::DbConfig;
use rusqlite::params;

use super::JournalError;
use crate::base::JournalId;
use crate::store::network_file_system;

/// Name of the file in the journal's directory.
pub(super) const FILE: &str = "journal.db";
/// Only the owner may read it: facts hold callers' numbers.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o750;

/// Identifies a SQLite file as a journal of this program: "SJou" (`PRAGMA application_id`).
const APPLICATION: i64 = 0x534a_6f75;
/// Layout version of the file.
const LAYOUT: i64 = 1;

/// Pages of the write-ahead log after which SQLite copies them into the file: 4 MiB. A fact that is
/// applied and deleted before that never reaches the file.
const CHECKPOINT_PAGES: u64 = 1_024;
/// Page size in bytes.
const PAGE_BYTES: u64 = 4_096;

const CREATE: &str = "
    CREATE TABLE journal (id TEXT NOT NULL);
    CREATE TABLE fact (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL);";
const APPEND: &str = "INSERT INTO fact (sequence, bytes) VALUES ($1, $2)";
const AFTER: &str =
    "SELECT sequence, bytes FROM fact WHERE sequence > $1 ORDER BY sequence LIMIT $2";
const ONE: &str = "SELECT bytes FROM fact WHERE sequence = $1";
/// Keeps the last fact, so that the sequence continues from it after a restart.
const DELETE: &str = "
    DELETE FROM fact
    WHERE sequence <= $1 AND sequence < (SELECT max(sequence) FROM fact)";

/// The open file.
#[derive(Debug)]
pub(super) struct Log {
    db: Connection,
    id: JournalId,
    last: u64,
}

/// One stored fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Sequence in the journal, from 1.
    pub(super) sequence: u64,
    /// The encoded fact.
    pub(super) bytes: Vec<u8>,
}

impl Log {
    /// Opens the journal in a directory; creates both if missing. A new file gets the given id.
    /// `max` bounds the file in bytes.
    pub(super) fn open(directory: &Path, max: u64, new_id: JournalId) -> Result<Log, JournalError> {
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory);
        made.map_err(|error| JournalError::Directory {
            path: directory.to_owned(),
            cause: error.to_string(),
        })?;
        let path = directory.join(FILE);
        if let Some(kind) = network_file_system(directory) {
            return Err(JournalError::Network { path, kind });
        }
        match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(JournalError::File { path, cause: error.to_string() });
            }
            Ok(_) | Err(_) => {}
        }
        let (db, mode) = connect(&path, max).map_err(|error| fault(&path, error))?;
        if mode != "wal" {
            return Err(JournalError::NoWal { path, mode });
        }
        let id = prepare(&db, &path, new_id)?;
        let last = db.query_one("SELECT coalesce(max(sequence), 0) FROM fact", [], |row| {
            row.get::<_, i64>(0)
        })?;
        Ok(Log { db, id, last: u64::try_from(last).unwrap_or_default() })
    }

    /// Returns the id of the journal's file.
    pub(super) fn id(&self) -> JournalId {
        self.id
    }

    /// Returns the sequence of the last fact; 0 before the first.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Makes the next sequence greater than `sequence`, whatever the file holds.
    pub(super) fn go_on_after(&mut self, sequence: u64) {
        self.last = self.last.max(sequence);
    }

    /// Appends facts and deletes those up to `deleted`, in one durable transaction. Returns the
    /// sequence of the last. On an error nothing was written.
    pub(super) fn commit<'a>(
        &mut self,
        facts: impl Iterator<Item = &'a [u8]>,
        deleted: Option<u64>,
    ) -> Result<u64, JournalError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut last = self.last;
        {
            let mut append = transaction.prepare_cached(APPEND)?;
            for bytes in facts {
                last += 1;
                append.execute(params![integer(last), bytes])?;
            }
        }
        if let Some(deleted) = deleted {
            transaction.prepare_cached(DELETE)?.execute([integer(deleted)])?;
        }
        transaction.commit()?;
        self.last = last;
        Ok(last)
    }

    /// Deletes the facts up to `deleted`, and overwrites in the files what was deleted. Facts that
    /// are not applied stay. Takes as long as writing those again.
    pub(super) fn clear(&mut self, deleted: u64) -> Result<(), JournalError> {
        self.commit(std::iter::empty(), Some(deleted))?;
        self.db.execute_batch("VACUUM")?;
        self.db.query_one("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Returns the facts after `sequence`, in order; at most `limit`.
    pub(super) fn after(&self, sequence: u64, limit: usize) -> Result<Vec<Entry>, JournalError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.db.prepare_cached(AFTER)?;
        let rows = statement.query_map(params![integer(sequence), limit], |row| {
            let sequence: i64 = row.get(0)?;
            let sequence = u64::try_from(sequence).unwrap_or_default();
            Ok(Entry { sequence, bytes: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns single facts, in the order asked for, without deleted ones.
    pub(super) fn fetch(&self, sequences: &[u64]) -> Result<Vec<Entry>, JournalError> {
        let mut statement = self.db.prepare_cached(ONE)?;
        let mut entries = Vec::with_capacity(sequences.len());
        for sequence in sequences.iter().copied() {
            let bytes = statement.query_row([integer(sequence)], |row| row.get(0)).optional()?;
            entries.extend(bytes.map(|bytes| Entry { sequence, bytes }));
        }
        Ok(entries)
    }

    /// Writes without a change, to test whether the disk can be written again.
    pub(super) fn probe(&self) -> Result<(), JournalError> {
        self.db.execute("UPDATE journal SET id = id", [])?;
        Ok(())
    }

    /// Returns the bytes of the file that hold facts; pages of deleted facts are reused.
    pub(super) fn used(&self) -> Result<u64, JournalError> {
        let pages = |name: &str| self.db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let used = pages("page_count")? - pages("freelist_count")?;
        Ok(u64::try_from(used).unwrap_or_default() * PAGE_BYTES)
    }
}

fn connect(path: &Path, max: u64) -> Result<(Connection, String), rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    // Otherwise SQLite prepares a statement with a bound limit again for every value.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Before the first access: the lock is then held until the file is closed, and the log needs no
    // shared memory.
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    db.pragma_update(None, "page_size", integer(PAGE_BYTES))?;
    let mode = db.query_one("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    db.execute_batch("PRAGMA synchronous = FULL; BEGIN IMMEDIATE; ROLLBACK;")?;
    db.pragma_update(None, "wal_autocheckpoint", integer(CHECKPOINT_PAGES))?;
    db.pragma_update(None, "journal_size_limit", integer(CHECKPOINT_PAGES * PAGE_BYTES))?;
    db.pragma_update(None, "max_page_count", integer(max / PAGE_BYTES))?;
    Ok((db, mode))
}

/// Creates the tables of a new file; returns the journal's id.
fn prepare(db: &Connection, path: &Path, new_id: JournalId) -> Result<JournalId, JournalError> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let not_ours = |cause: String| JournalError::NotAJournal { path: path.to_owned(), cause };
    let empty = number("schema_version")? == 0;
    match (empty, number("application_id")?, number("user_version")?) {
        (true, ..) => {
            let transaction = db.unchecked_transaction()?;
            transaction.execute_batch(CREATE)?;
            transaction.execute("INSERT INTO journal (id) VALUES ($1)", [new_id.to_string()])?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", LAYOUT)?;
            transaction.commit()?;
        }
        (false, APPLICATION, LAYOUT) => {}
        (false, APPLICATION, layout) => {
            let cause = format!("its layout is {layout}, this program knows {LAYOUT}");
            return Err(not_ours(cause));
        }
        (false, ..) => return Err(not_ours("it is another SQLite database".to_owned())),
    }
    let mut statement = db.prepare("SELECT id FROM journal")?;
    let id = statement.query_row([], |row| row.get::<_, String>(0)).optional()?;
    let id = id.and_then(|id| id.parse().ok());
    id.ok_or_else(|| not_ours("it has no id".to_owned()))
}

fn fault(path: &Path, error: rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::InUse(path),
        Some(ErrorCode::NotADatabase) => {
            JournalError::NotAJournal { path, cause: "it is not a SQLite file".to_owned() }
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            JournalError::File { path, cause: error.to_string() }
        }
        Some(_) | None => error.into(),
    }
}

/// Converts a sequence or size, both far below 2^63.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::base::Wall;

    const MAX: u64 = 1 << 20;

    fn id(seed: u64) -> JournalId {
        JournalId::new(Now::at(Wall::from_micros(0)), &mut Rng::seeded(seed))
    }

    fn append(log: &mut Log, texts: &[&str]) -> u64 {
        log.commit(texts.iter().map(|text| text.as_bytes()), None).unwrap()
    }

    fn texts(log: &Log, after: u64) -> Vec<(u64, String)> {
        let entries = log.after(after, 100).unwrap();
        let text = |entry: Entry| (entry.sequence, String::from_utf8(entry.bytes).unwrap());
        entries.into_iter().map(text).collect()
    }

    #[test]
    fn the_sequence_goes_on_after_a_restart_whatever_was_deleted() {
        let home = tempfile::tempdir().unwrap();
        let mut log = Log::open(home.path(), MAX, id(1)).unwrap();
        assert_eq!(append(&mut log, &["a", "b", "c"]), 3);
        assert_eq!(log.commit(std::iter::empty(), Some(3)), Ok(3));
        assert_eq!(texts(&log, 0), [(3, "c".to_owned())], "the last one keeps the place");
        drop(log);
        let mut log = Log::open(home.path(), MAX, id(2)).unwrap();
        assert_eq!((log.id(), log.last()), (id(1), 3), "the file keeps its id");
        assert_eq!(append(&mut log, &["d", "e"]), 5);
        assert_eq!(texts(&log, 3), [(4, "d".to_owned()), (5, "e".to_owned())]);
        let found = log.fetch(&[5, 1, 4]).unwrap();
        assert_eq!(found.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [5, 4]);
        log.go_on_after(9);
        log.go_on_after(2);
        assert_eq!(append(&mut log, &["f"]), 10);
    }

    #[test]
    fn a_new_directory_has_a_new_id_and_a_private_file() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        let log = Log::open(&path, MAX, id(1)).unwrap();
        for name in ["journal.db", "journal.db-wal"] {
            let mode = std::fs::metadata(path.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        drop(log);
        std::fs::remove_dir_all(&path).unwrap();
        let log = Log::open(&path, MAX, id(2)).unwrap();
        assert_eq!((log.id(), log.last()), (id(2), 0));
    }

    #[test]
    fn a_journal_has_one_process_and_is_distinguished_from_other_files() {
        let home = tempfile::tempdir().unwrap();
        let log = Log::open(home.path(), MAX, id(1)).unwrap();
        let second = Log::open(home.path(), MAX, id(2)).unwrap_err();
        assert!(matches!(second, JournalError::InUse(_)), "{second}");
        drop(log);

        let other = home.path().join("other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join(FILE), "These are notes, not a journal. ".repeat(50)).unwrap();
        let refused = Log::open(&other, MAX, id(1)).unwrap_err();
        assert!(matches!(refused, JournalError::NotAJournal { .. }), "{refused}");

        std::fs::remove_file(other.join(FILE)).unwrap();
        let db = Connection::open(other.join(FILE)).unwrap();
        db.execute_batch("CREATE TABLE call (id)").unwrap();
        drop(db);
        let refused = Log::open(&other, MAX, id(1)).unwrap_err();
        assert!(matches!(refused, JournalError::NotAJournal { .. }), "{refused}");

        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        let refused = Log::open(&file, MAX, id(1)).unwrap_err();
        assert!(matches!(refused, JournalError::Directory { .. }), "{refused}");
    }

    #[test]
    fn a_full_file_takes_more_when_facts_were_deleted_and_does_not_grow() {
        let home = tempfile::tempdir().unwrap();
        let mut log = Log::open(home.path(), MAX, id(1)).unwrap();
        let big = vec![7_u8; 10_000];
        let mut last = 0;
        for _ in 0..3 {
            let full = loop {
                match log.commit(std::iter::once(big.as_slice()), None) {
                    Ok(sequence) => last = sequence,
                    Err(error) => break error,
                }
            };
            assert_eq!(full, JournalError::Full);
            assert!(log.used().unwrap() > MAX * 9 / 10);
            assert_eq!(log.last(), last, "what failed has no sequence");
            assert_eq!(log.probe(), Ok(()), "a full file is a sound one");
            log.commit(std::iter::empty(), Some(last - 1)).unwrap();
            assert!(log.used().unwrap() < MAX / 10);
        }
        assert!(last > 200, "three times a full file: {last}");
        let bytes = |name: &str| std::fs::metadata(home.path().join(name)).unwrap().len();
        assert!(bytes(FILE) <= MAX, "{}", bytes(FILE));
    }
}
