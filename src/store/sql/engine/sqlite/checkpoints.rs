//! Checkpoints: moving the write-ahead log into the database, in a thread of their own, so that no
//! write waits while pages are copied (<https://sqlite.org/wal.html>, "Ckpt").

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::store::StoreError;

use super::file;

/// Pages of the log that are not in the database yet from which a checkpoint begins: 4 MiB.
const BEGIN_PAGES: u32 = 1_000;
/// Pages of the log from which the writer checkpoints it itself: 64 MiB. The log begins anew only if
/// all of it is in the database when a write begins. Under a load without gaps that would never be,
/// because the thread is always a few writes behind.
const LOG_PAGES_MAX: u32 = 16_384;

/// The thread that makes checkpoints. Drop it after the writer, whose commits wake it: the last
/// connection to close removes the log.
#[derive(Debug)]
pub(in crate::store) struct Checkpoints {
    orders: SyncSender<Order>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Checkpoint,
    End,
}

impl Checkpoints {
    /// Starts the thread, which ends when this is dropped.
    pub(in crate::store) fn start(
        path: &Path,
        writer: &mut Connection,
    ) -> Result<Self, StoreError> {
        Self::with(path, writer, LOG_PAGES_MAX)
    }

    fn with(path: &Path, writer: &mut Connection, log_max: u32) -> Result<Self, StoreError> {
        // One order is enough, however many commits there are until it is carried out.
        let (orders, ordered) = sync_channel(1);
        let copied = Arc::<AtomicU32>::default();
        let (path, seen) = (path.to_owned(), copied.clone());
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || work(&path, &ordered, &seen))
            .map_err(|error| StoreError::Sql(format!("cannot start the checkpoints: {error}")))?;
        let wake = orders.clone();
        // It replaces the checkpoints that SQLite makes within commits.
        writer.wal_hook(Some(move |log: &mut Wal, pages| {
            let pages = u32::try_from(pages).unwrap_or_default();
            if pages >= log_max {
                // The thread may be at it, or a reader may need the log: the next commit tries again.
                let _busy = log.checkpoint();
            } else if is_due(pages, &copied) {
                let _queued = wake.try_send(Order::Checkpoint);
            }
            Ok(())
        }))?;
        Ok(Self { orders, thread: Some(thread) })
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        // It fails only if the thread has ended.
        let _ended = self.orders.send(Order::End);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the store's checkpoints panicked");
        }
    }
}

/// Returns whether the log, which has so many pages, needs a checkpoint; `copied` is the number of
/// its pages that are in the database.
fn is_due(pages: u32, copied: &AtomicU32) -> bool {
    let before = copied.load(Ordering::Relaxed);
    if pages < before {
        // The log began anew.
        copied.store(0, Ordering::Relaxed);
        return pages >= BEGIN_PAGES;
    }
    pages - before >= BEGIN_PAGES
}

fn work(path: &Path, orders: &Receiver<Order>, copied: &AtomicU32) {
    // A program that writes little needs no connection for this.
    if orders.recv() != Ok(Order::Checkpoint) {
        return;
    }
    let connection = match file::open_for_writing(path) {
        Ok(connection) => connection,
        Err(error) => {
            return tracing::error!(%error, "no checkpoints: the writer makes them itself");
        }
    };
    loop {
        let pragma = "PRAGMA wal_checkpoint(PASSIVE)";
        match connection.query_one(pragma, [], |row| row.get::<_, u32>("checkpointed")) {
            Ok(pages) => copied.store(pages, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "a checkpoint of the database failed"),
        }
        if orders.recv() != Ok(Order::Checkpoint) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Makes commits of one page each.
    fn write(connection: &Connection, commits: u32) {
        for _ in 0..commits {
            connection.execute_batch("UPDATE counter SET value = value + 1").unwrap();
        }
    }

    fn open(home: &Path, log_max: u32) -> (Connection, Checkpoints) {
        let path = home.join("s.db");
        file::create(&path).unwrap();
        let mut connection = file::open_for_writing(&path).unwrap();
        connection
            .execute_batch("PRAGMA synchronous = OFF; CREATE TABLE counter (value INTEGER)")
            .unwrap();
        connection.execute_batch("INSERT INTO counter VALUES (0)").unwrap();
        let checkpoints = Checkpoints::with(&path, &mut connection, log_max).unwrap();
        (connection, checkpoints)
    }

    fn log_bytes(home: &Path) -> u64 {
        fs::metadata(home.join("s.db-wal")).unwrap().len()
    }

    #[test]
    fn a_log_without_readers_begins_anew_and_a_clean_end_removes_it() {
        let home = tempfile::tempdir().unwrap();
        let (connection, checkpoints) = open(home.path(), 3 * BEGIN_PAGES);
        write(&connection, 50 * BEGIN_PAGES);
        // A page of the log has 4,096 bytes and a head of 24.
        // The thread may be at it when the bound is reached; the log then grows for as long.
        assert!(log_bytes(home.path()) < u64::from(15 * BEGIN_PAGES) * 4_120);
        drop(connection);
        drop(checkpoints);
        assert!(!home.path().join("s.db-wal").exists());
        let again = Connection::open(home.path().join("s.db")).unwrap();
        let value = again.query_one("SELECT value FROM counter", [], |row| row.get::<_, u32>(0));
        assert_eq!(value.unwrap(), 50 * BEGIN_PAGES);
    }

    /// At the bound, every commit tries until the reader has ended.
    #[test]
    fn a_log_that_is_read_grows_and_begins_anew_afterwards() {
        let home = tempfile::tempdir().unwrap();
        let (connection, _checkpoints) = open(home.path(), 2 * BEGIN_PAGES);
        let reader = Connection::open(home.path().join("s.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM counter").unwrap();
        write(&connection, 5 * BEGIN_PAGES);
        let pages = || {
            let pragma = "PRAGMA wal_checkpoint(NOOP)";
            connection.query_one(pragma, [], |row| row.get::<_, u32>("log")).unwrap()
        };
        assert!(pages() >= 5 * BEGIN_PAGES, "{}", pages());
        reader.execute_batch("ROLLBACK").unwrap();
        // As soon as the thread is not at it, a commit ends the log.
        while pages() >= 5 * BEGIN_PAGES {
            write(&connection, 1);
        }
    }

    #[test]
    fn a_checkpoint_is_due_after_so_many_new_pages() {
        for (pages, copied, due) in [
            (0, 0, false),
            (BEGIN_PAGES - 1, 0, false),
            (BEGIN_PAGES, 0, true),
            (2 * BEGIN_PAGES - 1, BEGIN_PAGES, false),
            (2 * BEGIN_PAGES, BEGIN_PAGES, true),
            // The log began anew.
            (10, BEGIN_PAGES, false),
            (BEGIN_PAGES, BEGIN_PAGES + 1, true),
        ] {
            assert_eq!(is_due(pages, &AtomicU32::new(copied)), due, "{pages} {copied}");
        }
    }
}
