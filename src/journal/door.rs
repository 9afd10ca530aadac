//! The public interface of the journal.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::oneshot;
use tokio::sync::watch;

use super::JournalError;
use super::line;
use super::line::JournalLine;
use super::log::Entry;
use super::log::Log;
use super::state::JournalState;
use super::writer::Append;
use super::writer::Order;
use super::writer::Persistence;
use super::writer::Writer;
use crate::base::Backoff;
use crate::base::CallId;
use crate::base::JournalId;
use crate::base::Rng;
use crate::net::Clock;
use crate::store::Fact;

/// Time that an append without a waiting caller can wait to share a commit: what a crash may lose
/// of a call's record, besides its last heartbeat.
const UNHURRIED: Duration = Duration::from_millis(20);

/// Location of a journal, and its maximum size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// Directory, created if missing.
    pub directory: &'a Path,
    /// Maximum file size in bytes.
    pub max: u64,
}

/// Whether the journal accepts more facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// There is room.
    Free,
    /// The last quarter is reserved for live calls: no new call is accepted.
    Kept,
    /// The journal cannot be written: the disk is full or fails.
    Failing,
}

/// Figures of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Bytes of the file in use.
    pub bytes: u64,
    /// Maximum file size in bytes.
    pub max: u64,
    /// Facts that are not applied yet.
    pub facts: usize,
    /// Age of the oldest such fact.
    pub oldest: Duration,
    /// Ended calls with facts that are not applied yet.
    pub ended_calls: usize,
    /// Commits since the start.
    pub commits: u64,
    /// Commits that failed.
    pub failures: u64,
    /// Facts that could not be read or applied, and were skipped.
    pub skipped: u64,
}

/// The node's own durable log of facts.
pub struct Journal {
    id: JournalId,
    max: u64,
    clock: Clock,
    pub(super) state: Arc<JournalState>,
    pub(super) writer: Writer,
    /// Wakes the applier: a caller waits for facts that are not applied yet.
    pub(super) hurry: Notify,
}

impl Journal {
    /// Opens a journal, or creates it with a new id. This process owns it until it is dropped.
    ///
    /// # Errors
    /// [`JournalError`]: another process has it open, or it cannot be read and written.
    pub fn open(place: &Place<'_>, clock: Clock, mut rng: Rng) -> Result<Self, JournalError> {
        let new_id = JournalId::new(clock.now(), &mut rng);
        let log = Log::open(place.directory, place.max, new_id)?;
        let state = Arc::new(JournalState::new(log.last(), log.used()?));
        let id = log.id();
        let writer = Writer::start(log, state.clone(), Backoff::new(rng))?;
        Ok(Self { id, max: place.max, clock, state, writer, hurry: Notify::new() })
    }

    /// Returns the id of the journal's file. A new file has a new id.
    pub fn id(&self) -> JournalId {
        self.id
    }

    /// Appends facts for a waiting caller; returns the sequence of the last once they are durable.
    ///
    /// # Errors
    /// [`JournalError`]: nothing was written.
    pub async fn append(&self, facts: &[Fact]) -> Result<u64, JournalError> {
        self.write(facts, Duration::ZERO, Persistence::Once).await
    }

    /// Appends facts that must be durable before the next step: as soon as possible, retrying until
    /// it succeeds.
    ///
    /// # Errors
    /// [`JournalError`]: the journal is closed, or a fact cannot be encoded.
    pub async fn insist(&self, facts: &[Fact]) -> Result<u64, JournalError> {
        self.write(facts, Duration::ZERO, Persistence::UntilDurable).await
    }

    /// Appends facts without a waiting caller, together with others that follow soon, retrying
    /// until it succeeds.
    ///
    /// # Errors
    /// [`JournalError`]: the journal is closed, or a fact cannot be encoded.
    pub async fn note(&self, facts: &[Fact]) -> Result<u64, JournalError> {
        self.write(facts, UNHURRIED, Persistence::UntilDurable).await
    }

    async fn write(
        &self,
        facts: &[Fact],
        patience: Duration,
        persistence: Persistence,
    ) -> Result<u64, JournalError> {
        let since = self.clock.now().mono;
        let lines =
            facts.iter().map(|fact| JournalLine::of(fact, since)).collect::<Result<_, _>>()?;
        let (reply, answer) = oneshot::channel();
        self.writer.append(Append { lines, patience, persistence, reply }).await?;
        answer.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Returns whether the journal accepts new calls.
    pub fn room(&self) -> Room {
        if self.state.is_failing() {
            return Room::Failing;
        }
        let used = self.state.used.load(Ordering::Relaxed);
        if used < self.max - self.max / 4 { Room::Free } else { Room::Kept }
    }

    /// Returns the current figures.
    pub fn figures(&self) -> Figures {
        let now = self.clock.now().mono;
        let waiting = self.state.waiting();
        Figures {
            bytes: self.state.used.load(Ordering::Relaxed),
            max: self.max,
            facts: waiting.facts(),
            oldest: waiting.oldest().map(|since| now.since(since)).unwrap_or_default(),
            ended_calls: waiting.ended_calls(),
            commits: self.state.commits.load(Ordering::Relaxed),
            failures: self.state.failures.load(Ordering::Relaxed),
            skipped: self.state.skipped.load(Ordering::Relaxed),
        }
    }

    /// Overwrites in the journal's files the facts that are applied, so that no text of theirs can
    /// be read any more.
    ///
    /// # Errors
    /// [`JournalError`]: the journal is closed, or its files cannot be written.
    pub async fn clear(&self) -> Result<(), JournalError> {
        let through = *self.state.applied.borrow();
        // The last fact is never deleted: let it be one without a caller.
        let at = self.clock.now().wall;
        self.append(&[Fact::Beat { at, calls: Vec::new() }]).await?;
        let (reply, answer) = oneshot::channel();
        self.writer.order(Order::Clear { through, reply }).await?;
        answer.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Waits until everything that is durable now is applied to the store.
    pub async fn drained(&self) {
        let last = *self.state.last.borrow();
        self.hurry.notify_one();
        // The sender lives as long as the journal.
        let _ = self.state.applied.subscribe().wait_for(|applied| *applied >= last).await;
    }

    /// Returns the facts of a call that are not applied yet, in order, without unreadable ones.
    pub(super) async fn facts_of(&self, call: CallId) -> Result<Vec<Fact>, JournalError> {
        let sequences = self.state.waiting().of(call);
        if sequences.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answer) = oneshot::channel();
        self.writer.order(Order::Read { sequences, reply }).await?;
        let entries = answer.await.unwrap_or(Err(JournalError::Closed))?;
        Ok(entries.iter().filter_map(|entry| line::read(&entry.bytes).ok()).collect())
    }

    /// Returns the facts after a sequence, in order.
    pub(super) async fn after(
        &self,
        sequence: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.writer.order(Order::ReadAfter { sequence, limit, reply }).await?;
        answer.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Marks everything up to a sequence as applied before this program started.
    pub(super) async fn resume_after(&self, sequence: u64) -> Result<(), JournalError> {
        self.writer.order(Order::GoOnAfter(sequence)).await?;
        self.state.last.send_if_modified(|last| {
            let before = *last;
            *last = before.max(sequence);
            *last != before
        });
        self.state.applied.send_replace(sequence);
        Ok(())
    }

    /// Marks everything up to a sequence as applied to the store.
    pub(super) async fn applied(&self, sequence: u64) -> Result<(), JournalError> {
        // Before the waiting callers wake: their appends then find the room.
        self.writer.order(Order::Delete(sequence)).await?;
        self.state.waiting().remove_through(sequence);
        self.state.applied.send_replace(sequence);
        Ok(())
    }

    /// Returns a receiver that changes when there is more to apply.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.state.last.subscribe()
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("id", &self.id).field("max", &self.max).finish()
    }
}

#[cfg(test)]
impl Journal {
    /// Creates a journal whose file is removed when it is dropped.
    pub(crate) fn scratch(clock: Clock) -> Self {
        let home = tempfile::tempdir().unwrap();
        // The open file outlives its name.
        Self::open(&Place { directory: home.path(), max: 1 << 20 }, clock, Rng::seeded(1)).unwrap()
    }
}
