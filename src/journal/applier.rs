//! Applies the journal to the store, in order and exactly once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Journal;
use super::JournalError;
use super::backoff::Backoff;
use super::line;
use super::line::Unreadable;
use super::log::Entry;
use super::waiting::About;
use crate::base::CallId;
use crate::base::Rng;
use crate::net::Clock;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UnreadableFact;

/// Most facts of one store transaction: bounds how long it holds the write lock.
const BATCH_FACTS_MAX: usize = 256;
/// Shortest time for which facts are gathered before they are applied together: the lag of lists on
/// a quiet node. Facts that share a transaction share its commit, and often rows of sums.
const GATHER_MIN: Duration = Duration::from_millis(100);
/// Longest such time, on a busy node.
const GATHER_MAX: Duration = Duration::from_millis(500);
/// What each fact of the last batch adds to the time up to [`GATHER_MAX`].
const GATHER_PER_FACT: Duration = Duration::from_millis(10);

/// The task that applies the journal.
pub struct Applier {
    journal: Arc<Journal>,
    store: Arc<dyn Store>,
    clock: Clock,
    backoff: Backoff,
    applied: u64,
}

/// A part of a batch.
#[derive(Debug)]
enum Part {
    /// Facts without a gap in their sequences.
    Facts {
        /// Sequence of the first fact.
        first: u64,
        facts: Vec<Fact>,
    },
    /// A fact that cannot be read.
    Unreadable { sequence: u64, why: Unreadable },
}

/// Returns how long to gather facts after a batch of some size: the busier the node, the longer.
fn gather(last_batch: usize) -> Duration {
    let facts = u32::try_from(last_batch).unwrap_or(u32::MAX);
    GATHER_PER_FACT.saturating_mul(facts).clamp(GATHER_MIN, GATHER_MAX)
}

impl Applier {
    /// Creates the applier and applies what an earlier process left in the journal. Only then do
    /// store and journal agree on usage, spending and sales.
    ///
    /// # Errors
    /// [`ApplyError`]: the store cannot be written, or the journal cannot be read.
    pub async fn start(
        journal: Arc<Journal>,
        store: Arc<dyn Store>,
        clock: Clock,
        rng: Rng,
    ) -> Result<Self, ApplyError> {
        let applied = store.applied(journal.id()).await?;
        journal.resume_after(applied).await?;
        let mut applier = Self { journal, store, clock, backoff: Backoff::new(rng), applied };
        let before = applier.applied;
        while applier.apply_batch().await? > 0 {}
        let facts = applier.applied - before;
        if facts > 0 {
            tracing::info!(facts, "facts that a stopped switch left in its journal were applied");
        }
        Ok(applier)
    }

    /// Applies new facts until `end`. Retries after a pause when the store fails.
    pub async fn run(mut self, end: CancellationToken) {
        let mut durable = self.journal.subscribe();
        let mut failing = false;
        let mut last_batch = 0;
        loop {
            let applied = self.applied;
            let journal = self.journal.clone();
            tokio::select! {
                more = durable.wait_for(|last| *last > applied) => {
                    if more.is_err() {
                        return;
                    }
                }
                () = end.cancelled() => return,
            }
            let lag = usize::try_from(*durable.borrow() - self.applied).unwrap_or(usize::MAX);
            let pause = match (failing, lag >= BATCH_FACTS_MAX) {
                (true, _) => self.backoff.pause(),
                (false, true) => Duration::ZERO,
                (false, false) => gather(last_batch),
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = journal.hurry.notified() => {}
                () = end.cancelled() => return,
            }
            match self.apply_batch().await {
                Ok(facts) => {
                    last_batch = facts;
                    if failing {
                        tracing::info!("the journal is being applied to the store again");
                    }
                    failing = false;
                    self.backoff.reset();
                }
                Err(error) => {
                    if !failing {
                        tracing::error!(%error, "facts cannot be applied; they stay in the journal");
                    }
                    failing = true;
                }
            }
        }
    }

    /// Applies the next facts and returns their number. Stops at the first part that fails.
    async fn apply_batch(&mut self) -> Result<usize, ApplyError> {
        let entries = self.journal.after(self.applied, BATCH_FACTS_MAX).await?;
        let count = entries.len();
        for part in parts(entries) {
            match part {
                Part::Facts { first, facts } => self.apply(first, facts).await?,
                Part::Unreadable { sequence, why: Unreadable::Damaged { about, cause } } => {
                    self.skip(sequence, about, &cause).await?;
                }
                Part::Unreadable { why: Unreadable::Newer(newer), .. } => return Err(newer.into()),
            }
        }
        Ok(count)
    }

    async fn apply(&mut self, first: u64, facts: Vec<Fact>) -> Result<(), ApplyError> {
        let count = u64::try_from(facts.len()).unwrap_or_default();
        let id = self.journal.id();
        match self.store.apply(Origin::Journal { id, first }, facts.clone()).await {
            Ok(()) => self.passed(first + count - 1).await,
            Err(error) if is_passing(&error) => Err(error.into()),
            // One of the facts is at fault: the others are applied without it.
            Err(_) => {
                for (sequence, fact) in (first..).zip(facts) {
                    let about = About::of(&fact);
                    match self
                        .store
                        .apply(Origin::Journal { id, first: sequence }, vec![fact])
                        .await
                    {
                        Ok(()) => self.passed(sequence).await?,
                        Err(error) if is_passing(&error) => return Err(error.into()),
                        Err(error) => self.skip(sequence, Some(about), &error.to_string()).await?,
                    }
                }
                Ok(())
            }
        }
    }

    /// Skips a fact that cannot be read or applied. If it was the end of a call, closes the call
    /// from what is known.
    async fn skip(
        &mut self,
        sequence: u64,
        about: Option<About>,
        cause: &str,
    ) -> Result<(), ApplyError> {
        let call = about.and_then(About::call).map(|call| call.to_string());
        tracing::error!(sequence, call.id = call, cause, "a fact of the journal was skipped");
        let close = match about {
            Some(About::End(call)) => self.close(call).await?,
            Some(About::Live(_) | About::Node) | None => None,
        };
        let origin = Origin::Journal { id: self.journal.id(), first: sequence };
        // If there is no call to close, a fact without effect takes the place.
        let nothing = Fact::Beat { at: self.clock.now().wall, calls: Vec::new() };
        match self.store.apply(origin, vec![close.unwrap_or(nothing.clone())]).await {
            Ok(()) => {}
            Err(error) if is_passing(&error) => return Err(error.into()),
            Err(error) => {
                tracing::error!(call.id = call, %error, "a call could not be closed");
                self.store.apply(origin, vec![nothing]).await?;
            }
        }
        self.journal.state.skipped.fetch_add(1, Ordering::Relaxed);
        self.passed(sequence).await
    }

    /// Returns an end for a call whose own end fact is lost: at the time the store last saw it
    /// alive.
    async fn close(&self, call: CallId) -> Result<Option<Fact>, ApplyError> {
        let left = self.store.call_left_open(call).await?;
        Ok(left.map(|left| left.close(self.clock.now().wall)))
    }

    async fn passed(&mut self, sequence: u64) -> Result<(), ApplyError> {
        self.applied = sequence;
        Ok(self.journal.applied(sequence).await?)
    }
}

/// Why facts could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of the journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A newer program wrote the fact.
    #[error("the journal cannot be applied: {0}")]
    Newer(#[from] UnreadableFact),
}

/// Returns whether the store may accept the same facts later.
fn is_passing(error: &StoreError) -> bool {
    match error {
        StoreError::WrongState
        | StoreError::Unreadable { .. }
        | StoreError::TooLarge(_)
        | StoreError::Panicked => false,
        StoreError::Url(_)
        | StoreError::Directory { .. }
        | StoreError::File { .. }
        | StoreError::NotSqlite(_)
        | StoreError::NoWal { .. }
        | StoreError::Network { .. }
        | StoreError::Newer { .. }
        | StoreError::Older { .. }
        | StoreError::SuppressionKey { .. }
        | StoreError::Copy(_)
        | StoreError::Claimed(_)
        | StoreError::Busy
        | StoreError::Lost(_)
        | StoreError::Full
        | StoreError::Closed
        | StoreError::Abandoned
        | StoreError::Sql(_) => true,
    }
}

/// Splits a batch where a fact cannot be read or a sequence is missing.
fn parts(entries: Vec<Entry>) -> Vec<Part> {
    let mut parts = Vec::new();
    for Entry { sequence, bytes } in entries {
        match (line::read(&bytes), parts.last_mut()) {
            (Err(why), _) => parts.push(Part::Unreadable { sequence, why }),
            (Ok(fact), Some(Part::Facts { first, facts }))
                if *first + u64::try_from(facts.len()).unwrap_or_default() == sequence =>
            {
                facts.push(fact);
            }
            (Ok(fact), Some(_) | None) => {
                parts.push(Part::Facts { first: sequence, facts: vec![fact] });
            }
        }
    }
    parts
}

impl std::fmt::Debug for Applier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Applier").field("applied", &self.applied).finish_non_exhaustive()
    }
}
