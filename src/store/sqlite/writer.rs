//! The writer: one thread with the only connection that writes. It commits whatever is queued in
//! one transaction, so that many writes share one `fsync`; alone, a write waits for nobody.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use crate::store::Figures;
use crate::store::Pending;
use crate::store::StoreError;

/// Writes that may be queued. When it is full, further ones wait for room, and are counted.
const QUEUE_WRITES: usize = 4_096;

/// Most writes of one transaction: bounds how long the first of them waits for the last.
const COMMIT_WRITES_MAX: usize = 512;

/// The writer's thread and its queue.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    writes: AtomicU64,
    failures: AtomicU64,
    commits: AtomicU64,
    waits: AtomicU64,
}

/// One queued write.
trait Job: Send {
    /// Does it within the transaction, or fails and leaves no trace there.
    fn run(&mut self, transaction: &mut Transaction<'_>);
    /// Counts and tells how it went.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>, counters: &Counters);
}

struct Write<W, T> {
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Job for Write<W, T>
where
    W: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) {
        let Some(work) = self.work.take() else { return };
        self.result =
            Some(transaction.savepoint().map_err(StoreError::from).and_then(|savepoint| {
                let value = work(&savepoint)?;
                savepoint.commit()?;
                Ok(value)
            }));
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>, counters: &Counters) {
        let Write { result, reply, work: _ } = *self;
        let result = committed.and_then(|()| result.unwrap_or(Err(StoreError::Closed)));
        // Counted first, so that whoever was answered finds it in the figures.
        let counter = if result.is_ok() { &counters.writes } else { &counters.failures };
        counter.fetch_add(1, Ordering::Relaxed);
        // Nobody may be waiting any more; the write is made all the same.
        let _ = reply.send(result);
    }
}

impl Writer {
    /// Starts the thread. It ends when the writer is dropped.
    pub(super) fn start(connection: Connection) -> Result<Writer, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE_WRITES);
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work_off(connection, jobs, &shared))
            .map_err(|error| StoreError::Sql(format!("cannot start the writer: {error}")))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), counters })
    }

    /// Queues a write; answered after its commit.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        Pending::new(async move {
            let (reply, answer) = oneshot::channel();
            self.send(Box::new(Write { work: Some(work), result: None, reply })).await?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    async fn send(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let Some(queue) = &self.queue else { return Err(StoreError::Closed) };
        match queue.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(StoreError::Closed),
            Err(TrySendError::Full(job)) => {
                self.counters.waits.fetch_add(1, Ordering::Relaxed);
                queue.send(job).await.map_err(|_| StoreError::Closed)
            }
        }
    }

    /// Figures since the start.
    pub(super) fn figures(&self) -> Figures {
        let Counters { writes, failures, commits, waits } = &*self.counters;
        Figures {
            writes: writes.load(Ordering::Relaxed),
            failures: failures.load(Ordering::Relaxed),
            commits: commits.load(Ordering::Relaxed),
            waits: waits.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Writer {
    /// Ends the queue, so that the thread commits what is in it and ends.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

fn work_off(
    mut connection: Connection,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    counters: &Counters,
) {
    let mut batch = Vec::new();
    while jobs.blocking_recv_many(&mut batch, COMMIT_WRITES_MAX) > 0 {
        let committed = commit(&mut connection, &mut batch);
        if committed.is_ok() {
            counters.commits.fetch_add(1, Ordering::Relaxed);
        }
        for job in batch.drain(..) {
            job.finish(committed.clone(), counters);
        }
    }
}

/// Runs a batch in one transaction. The write lock is taken first: whoever else holds it is
/// waited for before any job has run, and no commit can fail for a lock.
fn commit(connection: &mut Connection, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        job.run(&mut transaction);
        // On a full disk SQLite may roll the whole transaction back by itself.
        if transaction.is_autocommit() {
            return Err(StoreError::Full);
        }
    }
    Ok(transaction.commit()?)
}
