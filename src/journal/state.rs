//! State that the writer thread shares with the applier and with readers.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use tokio::sync::watch;

use super::line::JournalLine;
use super::waiting::Waiting;

/// State shared by the writer thread, the applier and readers.
#[derive(Debug)]
pub(super) struct JournalState {
    /// Sequence of the last durable fact.
    pub(super) last: watch::Sender<u64>,
    /// Sequence of the last applied fact.
    pub(super) applied: watch::Sender<u64>,
    /// Bytes of the file in use.
    pub(super) used: AtomicU64,
    /// Commits that succeeded.
    pub(super) commits: AtomicU64,
    /// Commits that failed.
    pub(super) failures: AtomicU64,
    /// Facts that were skipped: unreadable, or refused by the store.
    pub(super) skipped: AtomicU64,
    /// Whether the last commit failed.
    failing: AtomicBool,
    waiting: Mutex<Waiting>,
}

impl JournalState {
    pub(super) fn new(last: u64, used: u64) -> Self {
        Self {
            last: watch::Sender::new(last),
            applied: watch::Sender::new(0),
            used: AtomicU64::new(used),
            commits: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            waiting: Mutex::default(),
        }
    }

    /// Adds durable facts, the first of them after `before`.
    pub(super) fn add<'a>(&self, before: u64, lines: impl Iterator<Item = &'a JournalLine>) {
        let mut waiting = self.waiting();
        for (sequence, line) in (before + 1..).zip(lines) {
            waiting.add(sequence, line.about, line.since);
        }
    }

    /// Records a successful commit; `last` is the last durable fact.
    pub(super) fn durable(&self, last: u64) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.failing.store(false, Ordering::Relaxed);
        self.last.send_if_modified(|known| std::mem::replace(known, last) != last);
    }

    /// Records a failed commit.
    pub(super) fn fail(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.failing.store(true, Ordering::Relaxed);
    }

    /// Returns whether the last commit failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Locks the facts that wait to be applied. Nothing panics while the lock is held.
    pub(super) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
