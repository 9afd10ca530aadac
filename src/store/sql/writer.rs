//! The writer: one thread with the only connection that writes. It commits all queued writes in one
//! transaction, so that many writes share one `fsync`. Each write has a longest wait for others to
//! share its commit. A write that does not wait also commits those that could wait longer.
//!
//! Facts that are queued beside each other are applied together, and share statements ([`arrival`]).
//! Writes of form leads also share the sums for reports: what they add is gathered, and added once
//! per transaction. Many leads change the same few rows of sums.

use std::fmt;
use std::panic;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;

use crate::report::Additions;
use crate::store::Figures;
use crate::store::Pending;
use crate::store::StoreError;

use super::arrival;
use super::arrival::Arrival;
use super::arrival::Arrived;
use super::engine::Db;
use super::engine::Source;
use super::rollup;

/// Most queued writes. At the bound, further writes wait and are counted.
const QUEUE_WRITES: usize = 4_096;

/// Most writes per transaction. Bounds how long the first write waits for the last.
const COMMIT_WRITES_MAX: usize = 512;

/// The writer thread and its queue.
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
    /// Runs the write in the transaction, and adds what it counts. A write that fails changes and
    /// counts nothing.
    fn run(&mut self, db: &Db, counted: &mut Additions);
    /// Returns how long the write may wait for others to share its commit.
    fn patience(&self) -> Duration;
    /// Returns the facts that the write applies, if it does nothing else.
    fn arrival(&self) -> Option<&Arrival> {
        None
    }
    /// Takes what became of its facts, which were applied with others.
    fn arrived(&mut self, _arrived: Arrived) {}
    /// Counts the write and sends its result.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>, counters: &Counters);
}

struct Write<W, T> {
    patience: Duration,
    work: Option<W>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Job for Write<W, T>
where
    W: FnOnce(&Db, &mut Additions) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, db: &Db, counted: &mut Additions) {
        let Some(work) = self.work.take() else { return };
        self.result = Some(apart(db, counted, work));
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>, counters: &Counters) {
        let Write { result, reply, work: _, patience: _ } = *self;
        counters.answer(committed, result, reply);
    }
}

/// Facts that are applied with those of other writes.
struct Arriving {
    patience: Duration,
    arrival: Arrival,
    result: Option<Result<Arrived, StoreError>>,
    reply: oneshot::Sender<Result<Arrived, StoreError>>,
}

impl Job for Arriving {
    fn run(&mut self, db: &Db, counted: &mut Additions) {
        let apply = |db: &Db, counted: &mut Additions| {
            let arrived = arrival::apply(db, &[&self.arrival], counted)?;
            arrived.into_iter().next().ok_or(StoreError::Closed)
        };
        self.result = Some(apart(db, counted, apply));
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    fn arrival(&self) -> Option<&Arrival> {
        Some(&self.arrival)
    }

    fn arrived(&mut self, arrived: Arrived) {
        self.result = Some(Ok(arrived));
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>, counters: &Counters) {
        let Arriving { result, reply, arrival: _, patience: _ } = *self;
        counters.answer(committed, result, reply);
    }
}

/// Runs a write in the transaction. One that fails or panics changes and counts nothing, and does not
/// affect the others.
fn apart<T>(
    db: &Db,
    counted: &mut Additions,
    work: impl FnOnce(&Db, &mut Additions) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let done = panic::catch_unwind(AssertUnwindSafe(|| {
        db.execute_batch("SAVEPOINT write")?;
        let mut own = Additions::default();
        let value = work(db, &mut own)?;
        db.execute_batch("RELEASE write")?;
        counted.absorb(own);
        Ok(value)
    }));
    let done = done.unwrap_or(Err(StoreError::Panicked));
    if done.is_err() && db.is_in_transaction() && !db.is_broken() {
        // If it fails, so does the commit.
        drop(db.execute_batch("ROLLBACK TO write; RELEASE write"));
    }
    done
}

/// Runs writes in the transaction; facts together, so that they share statements. If they cannot be
/// applied together, they are applied one by one, so that only those fail that cannot be applied.
fn run(db: &Db, jobs: &mut [Box<dyn Job>], counted: &mut Additions) {
    let arrivals: Vec<&Arrival> = jobs.iter().filter_map(|job| job.arrival()).collect();
    if arrivals.len() > 1 {
        let apply = |db: &Db, counted: &mut Additions| arrival::apply(db, &arrivals, counted);
        if let Ok(arrived) = apart(db, counted, apply) {
            for (job, arrived) in jobs.iter_mut().zip(arrived) {
                job.arrived(arrived);
            }
            return;
        }
    }
    for job in jobs {
        job.run(db, counted);
    }
}

impl Counters {
    /// Counts a write and sends its result.
    fn answer<T>(
        &self,
        committed: Result<(), StoreError>,
        result: Option<Result<T, StoreError>>,
        reply: oneshot::Sender<Result<T, StoreError>>,
    ) {
        let result = committed.and_then(|()| result.unwrap_or(Err(StoreError::Closed)));
        // Counted before the reply, so that the figures include every answered write.
        let counter = if result.is_ok() { &self.writes } else { &self.failures };
        counter.fetch_add(1, Ordering::Relaxed);
        // The write is made even if the receiver was dropped.
        let _ = reply.send(result);
    }
}

impl Writer {
    /// Starts the writer thread, which ends when the writer is dropped. Calls `committed` after each
    /// commit, before the writes are answered.
    pub(super) fn start(
        connected: Connected,
        committed: impl Fn(&Db) + Send + 'static,
    ) -> Result<Writer, StoreError> {
        Self::with(connected, QUEUE_WRITES, committed)
    }

    fn with(
        connected: Connected,
        queue: usize,
        committed: impl Fn(&Db) + Send + 'static,
    ) -> Result<Writer, StoreError> {
        let (queue, jobs) = mpsc::channel(queue);
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let cannot = |error| StoreError::Sql(format!("cannot start the writer: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(cannot)?;
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work_off(&runtime, connected, jobs, &shared, &committed))
            .map_err(cannot)?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), counters })
    }

    /// Queues a write that does not wait for others. The result arrives after the commit.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        self.write_within(Duration::ZERO, work)
    }

    /// Queues a write that may wait up to `patience` for others to share its commit.
    pub(super) fn write_within<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        self.queue(patience, move |db, _| work(db))
    }

    /// Queues a write that does not wait, and whose sums for reports are added with those of the
    /// others in its commit: no write of the same commit sees them.
    pub(super) fn count<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db, &mut Additions) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        self.queue(Duration::ZERO, work)
    }

    /// Queues facts, which may wait up to `patience` for others to share their commit. They are applied
    /// with those that are queued beside them.
    pub(super) fn apply(&self, patience: Duration, arrival: Arrival) -> Pending<'_, Arrived> {
        Pending::new(async move {
            let (reply, answer) = oneshot::channel();
            self.send(Box::new(Arriving { patience, arrival, result: None, reply })).await?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    fn queue<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce(&Db, &mut Additions) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        Pending::new(async move {
            let (reply, answer) = oneshot::channel();
            self.send(Box::new(Write { patience, work: Some(work), result: None, reply })).await?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        })
    }

    /// Queues a write that returns no result. Drops the write if the queue is full.
    pub(super) fn write_unanswered(
        &self,
        patience: Duration,
        work: impl FnOnce(&Db) -> Result<(), StoreError> + Send + 'static,
    ) {
        let (reply, _) = oneshot::channel();
        let work = move |db: &Db, _: &mut Additions| work(db);
        let job = Write { patience, work: Some(work), result: None, reply };
        if let Some(queue) = &self.queue {
            drop(queue.try_send(Box::new(job)));
        }
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

    /// Returns the counters since the writer started.
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
    /// Closes the queue. The thread commits all queued writes and ends.
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

/// The writer's connection, and how to make it again when it is lost.
pub(super) struct Connected {
    pub(super) db: Db,
    pub(super) source: Source,
}

impl Connected {
    /// Returns the connection; makes it again if it was lost.
    fn again(&mut self) -> Result<&Db, StoreError> {
        if self.db.is_broken() {
            self.db = self.source.open_for_writing()?;
            tracing::info!("database: connection made again");
        }
        Ok(&self.db)
    }
}

fn work_off(
    runtime: &Runtime,
    mut connected: Connected,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    counters: &Counters,
    after_commit: &dyn Fn(&Db),
) {
    let mut batch = Vec::new();
    while runtime.block_on(gather(&mut jobs, &mut batch)) {
        let committed = connected.again().and_then(|db| {
            commit(db, &mut batch).inspect_err(|_| db.rollback())?;
            counters.commits.fetch_add(1, Ordering::Relaxed);
            after_commit(db);
            Ok(())
        });
        for job in batch.drain(..) {
            job.finish(committed.clone(), counters);
        }
    }
}

/// Waits for writes, then for more to share the commit, at most for the shortest patience among
/// them. Returns false when the queue is closed and empty.
async fn gather(jobs: &mut mpsc::Receiver<Box<dyn Job>>, batch: &mut Vec<Box<dyn Job>>) -> bool {
    if jobs.recv_many(batch, COMMIT_WRITES_MAX).await == 0 {
        return false;
    }
    let least = |batch: &[Box<dyn Job>]| batch.iter().map(|job| job.patience()).min();
    let mut patience = least(batch).unwrap_or_default();
    let mut wait = pin!(tokio::time::sleep(patience));
    while !patience.is_zero() && batch.len() < COMMIT_WRITES_MAX {
        let room = COMMIT_WRITES_MAX - batch.len();
        tokio::select! {
            () = wait.as_mut() => break,
            more = jobs.recv_many(batch, room) => {
                let now_least = least(batch).unwrap_or_default();
                if more == 0 {
                    break;
                }
                if now_least < patience {
                    patience = now_least;
                    wait.set(tokio::time::sleep(patience));
                }
            }
        }
    }
    true
}

/// Runs a batch in one transaction. Takes the write lock first, so that the wait for other programs
/// comes before any job runs, and no commit can fail because of a lock.
fn commit(db: &Db, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    db.begin()?;
    let mut counted = Additions::default();
    let mut left = batch;
    while !left.is_empty() {
        let together = left.iter().take_while(|job| job.arrival().is_some()).count();
        let (jobs, rest) = left.split_at_mut(together.max(1));
        run(db, jobs, &mut counted);
        // On a full disk, SQLite may roll back the whole transaction by itself.
        if !db.is_in_transaction() {
            return Err(StoreError::Full);
        }
        left = rest;
    }
    rollup::add(db, &counted)?;
    db.commit()
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::path::PathBuf;
    use std::pin::Pin;
    use std::sync::mpsc::Receiver;
    use std::sync::mpsc::SyncSender;
    use std::sync::mpsc::sync_channel;
    use std::task::Poll;

    use super::*;
    use crate::report::About;
    use crate::report::Measure;
    use crate::report::Quarter;
    use crate::report::ReasonGroup;
    use crate::store::sql::engine::params;
    use crate::store::sql::migrate;

    fn writer(queue: usize) -> Writer {
        let db = Db::in_memory();
        db.execute_batch("CREATE TABLE written (x INTEGER UNIQUE)").unwrap();
        Writer::with(connected(db), queue, |_| {}).unwrap()
    }

    fn connected(db: Db) -> Connected {
        Connected { db, source: Source::Sqlite(PathBuf::from("memory")) }
    }

    fn write(writer: &Writer, x: i64) -> Pin<Box<Pending<'_, ()>>> {
        Box::pin(
            writer.write(move |db| {
                Ok(db.execute("INSERT INTO written VALUES ($1)", [x]).map(drop)?)
            }),
        )
    }

    /// Returns a write that signals its start on `begun` and ends when `gate` opens.
    fn held<'a>(
        writer: &'a Writer,
        begun: SyncSender<()>,
        gate: Receiver<()>,
    ) -> Pin<Box<Pending<'a, ()>>> {
        Box::pin(writer.write(move |_| {
            begun.send(()).unwrap();
            gate.recv().unwrap();
            Ok(())
        }))
    }

    fn written(writer: &Writer) -> Pending<'_, Vec<i64>> {
        writer.write(|db| {
            let mut statement = db.prepare_cached("SELECT x FROM written ORDER BY rowid")?;
            Ok(statement.query_all(params![], |row| row.get(0))?)
        })
    }

    /// Queues a write by polling it once, without waiting for its result.
    async fn queue(pending: &mut Pin<Box<Pending<'_, ()>>>) {
        let queued = poll_fn(|context| Poll::Ready(pending.as_mut().poll(context).is_pending()));
        assert!(queued.await);
    }

    #[tokio::test]
    async fn a_full_queue_makes_writes_wait_and_counts_them() {
        let writer = writer(2);
        let (begun, has_begun) = sync_channel(0);
        let (gate, opened) = sync_channel(0);
        let mut first = held(&writer, begun, opened);
        queue(&mut first).await;
        has_begun.recv().unwrap();
        let mut writes: Vec<_> = (0..5).map(|x| write(&writer, x)).collect();
        for write in &mut writes {
            queue(write).await;
        }
        assert_eq!(writer.figures(), Figures { waits: 3, ..Figures::default() });
        gate.send(()).unwrap();
        first.await.unwrap();
        for write in writes {
            write.await.unwrap();
        }
        assert_eq!(written(&writer).await.unwrap(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn a_failed_write_or_a_panic_does_not_affect_other_writes() {
        let writer = writer(16);
        let (begun, has_begun) = sync_channel(0);
        let (gate, opened) = sync_channel(0);
        let mut first = held(&writer, begun, opened);
        queue(&mut first).await;
        has_begun.recv().unwrap();
        let mut before = write(&writer, 1);
        let mut twice = write(&writer, 1);
        let mut panics = Box::pin(writer.write::<()>(|db| {
            db.execute("INSERT INTO written VALUES (99)", params![])?;
            panic!("expected by the test");
        }));
        let mut after = write(&writer, 2);
        for write in [&mut before, &mut twice, &mut panics, &mut after] {
            queue(write).await;
        }
        gate.send(()).unwrap();
        assert_eq!(first.await, Ok(()));
        assert_eq!(before.await, Ok(()));
        assert!(matches!(twice.await, Err(StoreError::Sql(_))));
        assert_eq!(panics.await, Err(StoreError::Panicked));
        assert_eq!(after.await, Ok(()));
        assert_eq!(writer.figures(), Figures { writes: 3, failures: 2, commits: 2, waits: 0 });
        assert_eq!(written(&writer).await.unwrap(), [1, 2]);
    }

    /// Returns a write that counts one lead of a reason, then fails or not.
    fn count(writer: &Writer, fails: bool) -> Pin<Box<Pending<'_, ()>>> {
        let texts = ["delivered", "auto", "ads"].map(str::to_owned);
        Box::pin(writer.count(move |_, counted| {
            let [reason, offer, party] = texts;
            let (at, about) = (Quarter::from_number(1), About::Lead);
            let group = ReasonGroup { at, about, reason, offer, party };
            counted.reasons.entry(group).or_default().add(Measure::Calls, 1);
            if fails { Err(StoreError::Full) } else { Ok(()) }
        }))
    }

    #[tokio::test]
    async fn sums_are_added_once_per_commit_without_those_of_failed_writes() {
        let db = Db::in_memory();
        migrate::migrate(&db, "memory").unwrap();
        let changes = "CREATE TABLE change_of_sums (x INTEGER);
            CREATE TRIGGER changed AFTER INSERT ON reason_rollup WHEN NEW.grain = 0 BEGIN
                INSERT INTO change_of_sums VALUES (NEW.calls); END;";
        db.execute_batch(changes).unwrap();
        let writer = Writer::with(connected(db), 16, |_| {}).unwrap();
        let (begun, has_begun) = sync_channel(0);
        let (gate, opened) = sync_channel(0);
        let mut first = held(&writer, begun, opened);
        queue(&mut first).await;
        has_begun.recv().unwrap();
        let mut writes: Vec<_> =
            [false, true, false, false].map(|fails| count(&writer, fails)).into();
        for write in &mut writes {
            queue(write).await;
        }
        gate.send(()).unwrap();
        first.await.unwrap();
        let mut done = 0;
        for write in writes {
            done += i64::from(write.await.is_ok());
        }
        let found: Vec<i64> = writer
            .write(|db| {
                let mut statement = db.prepare_cached("SELECT x FROM change_of_sums")?;
                Ok(statement.query_all(params![], |row| row.get(0))?)
            })
            .await
            .unwrap();
        assert_eq!((done, found), (3, vec![3]));
    }
}
