//! The writer: one thread that owns the journal's file. It commits everything queued in one
//! transaction, so that many calls share one `fsync`. An append states how long it can wait for
//! others; one that cannot wait takes the waiting ones along.
//!
//! A failed commit is retried until it succeeds. Meanwhile, appends that must become durable wait,
//! and appends that are tried once fail with the error.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use super::JournalError;
use super::line::JournalLine;
use super::log::Entry;
use super::log::Log;
use super::state::JournalState;
use crate::base::Backoff;

/// Appends that may be queued. Further ones wait for room.
const QUEUE_APPENDS: usize = 4_096;
/// Reads and deletions that may be queued: those of the applier, and requests for single calls.
const QUEUE_ORDERS: usize = 64;
/// Most appends of one transaction: bounds how long the first waits for the last.
const COMMIT_APPENDS_MAX: usize = 512;
/// Most appends that wait for a failing disk outside the queue. Each live call has at most one.
const RETAINED_MAX: usize = 16_384;
/// Time that a deletion waits for a commit to share.
const DELETE: Duration = Duration::from_secs(1);

/// What happens to an append when a commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Persistence {
    /// The append fails with the error: a caller waits.
    Once,
    /// The append is retried until it succeeds: the fact must not be lost.
    UntilDurable,
}

/// Facts that become durable together.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) lines: Vec<JournalLine>,
    /// Time it can wait to share a commit.
    pub(super) patience: Duration,
    pub(super) persistence: Persistence,
    pub(super) reply: oneshot::Sender<Result<u64, JournalError>>,
}

/// Other operations on the file.
#[derive(Debug)]
pub(super) enum Order {
    /// Delete the facts up to this sequence: they are applied.
    Delete(u64),
    /// Delete the facts up to this sequence, and overwrite them in the files.
    Clear { through: u64, reply: oneshot::Sender<Result<(), JournalError>> },
    /// Make the next sequence greater than this one, whatever the file holds.
    GoOnAfter(u64),
    /// Read the facts after a sequence.
    ReadAfter {
        sequence: u64,
        limit: usize,
        reply: oneshot::Sender<Result<Vec<Entry>, JournalError>>,
    },
    /// Read single facts; deleted ones are left out.
    Read { sequences: Vec<u64>, reply: oneshot::Sender<Result<Vec<Entry>, JournalError>> },
}

/// The writer thread and its queues.
#[derive(Debug)]
pub(super) struct Writer {
    queues: Option<(mpsc::Sender<Append>, mpsc::Sender<Order>)>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which ends when the writer is dropped.
    pub(super) fn start(
        log: Log,
        state: Arc<JournalState>,
        backoff: Backoff,
    ) -> Result<Self, JournalError> {
        let (append, appends) = mpsc::channel(QUEUE_APPENDS);
        let (order, orders) = mpsc::channel(QUEUE_ORDERS);
        let cannot = |error| JournalError::Sql(format!("cannot start the writer: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(cannot)?;
        let work = Work {
            log,
            state,
            backoff,
            batch: Vec::new(),
            part: usize::MAX,
            deleted: None,
            health: Health::Good,
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || work.run(&runtime, appends, orders))
            .map_err(cannot)?;
        Ok(Self { queues: Some((append, order)), thread: Some(thread) })
    }

    /// Queues an append; waits for room.
    pub(super) async fn append(&self, append: Append) -> Result<(), JournalError> {
        let Some((appends, _)) = &self.queues else { return Err(JournalError::Closed) };
        appends.send(append).await.map_err(|_| JournalError::Closed)
    }

    /// Queues another operation; waits for room.
    pub(super) async fn order(&self, order: Order) -> Result<(), JournalError> {
        let Some((_, orders)) = &self.queues else { return Err(JournalError::Closed) };
        orders.send(order).await.map_err(|_| JournalError::Closed)
    }
}

impl Drop for Writer {
    /// Closes the queues, so that the thread commits what is queued and ends.
    fn drop(&mut self) {
        self.queues = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's writer panicked");
        }
    }
}

/// State of the thread.
struct Work {
    log: Log,
    state: Arc<JournalState>,
    backoff: Backoff,
    batch: Vec<Append>,
    /// Most appends of the next commit. Halved when a commit does not fit into the file, so that
    /// more waiting appends than fit at once become durable one part after another.
    part: usize,
    deleted: Option<u64>,
    health: Health,
}

/// Result of the last commits.
enum Health {
    Good,
    /// After a failure a part of the waiting appends became durable. The outage ends with the last
    /// part.
    Recovering,
    Failing(JournalError),
}

/// Whether more appends may come.
#[derive(PartialEq, Eq)]
enum Queue {
    Open,
    Closed,
}

impl Work {
    fn run(
        mut self,
        runtime: &Runtime,
        mut appends: mpsc::Receiver<Append>,
        mut orders: mpsc::Receiver<Order>,
    ) {
        let mut queue = Queue::Open;
        while queue == Queue::Open {
            queue = match self.health {
                Health::Good | Health::Recovering => {
                    runtime.block_on(self.gather(&mut appends, &mut orders))
                }
                Health::Failing(_) => runtime.block_on(self.recover(&mut appends, &mut orders)),
            };
            self.commit();
        }
        // The last commit may have been a part of the batch.
        while !self.batch.is_empty() && !matches!(self.health, Health::Failing(_)) {
            self.commit();
        }
        let lost: usize = self.batch.iter().map(|append| append.lines.len()).sum();
        if lost > 0 {
            tracing::error!(facts = lost, "facts lost: the journal failed until the end");
        }
    }

    /// Waits for appends, then for more to share the commit, as long as the least patient append
    /// allows.
    async fn gather(
        &mut self,
        appends: &mut mpsc::Receiver<Append>,
        orders: &mut mpsc::Receiver<Order>,
    ) -> Queue {
        let mut patience = Duration::MAX;
        let mut wait = pin!(tokio::time::sleep(patience));
        loop {
            let least = self.patience();
            if least.is_zero() || self.batch.len() >= COMMIT_APPENDS_MAX {
                return Queue::Open;
            }
            if least < patience {
                patience = least;
                wait.set(tokio::time::sleep(patience));
            }
            let room = COMMIT_APPENDS_MAX - self.batch.len();
            tokio::select! {
                biased;
                Some(order) = orders.recv() => self.carry_out(order),
                more = appends.recv_many(&mut self.batch, room) => {
                    if more == 0 {
                        return Queue::Closed;
                    }
                }
                () = wait.as_mut() => return Queue::Open,
            }
        }
    }

    fn patience(&self) -> Duration {
        let appends = self.batch.iter().map(|append| append.patience);
        appends.chain(self.deleted.map(|_| DELETE)).min().unwrap_or(Duration::MAX)
    }

    /// Waits until the next retry; a deletion may have made room.
    async fn recover(
        &mut self,
        appends: &mut mpsc::Receiver<Append>,
        orders: &mut mpsc::Receiver<Order>,
    ) -> Queue {
        let mut wait = pin!(tokio::time::sleep(self.backoff.pause()));
        loop {
            self.refuse_impatient();
            let room = RETAINED_MAX.saturating_sub(self.batch.len());
            tokio::select! {
                biased;
                Some(order) = orders.recv() => {
                    let deletes = matches!(order, Order::Delete(_));
                    self.carry_out(order);
                    if deletes {
                        return Queue::Open;
                    }
                }
                more = appends.recv_many(&mut self.batch, room), if room > 0 => {
                    if more == 0 {
                        return Queue::Closed;
                    }
                }
                () = wait.as_mut() => return Queue::Open,
            }
        }
    }

    /// Fails the appends that are tried once with the error.
    fn refuse_impatient(&mut self) {
        let Health::Failing(error) = &self.health else { return };
        for append in self.batch.extract_if(.., |append| append.persistence == Persistence::Once) {
            // The caller may have stopped waiting.
            let _ = append.reply.send(Err(error.clone()));
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Delete(through) => self.deleted = self.deleted.max(Some(through)),
            Order::Clear { through, reply } => {
                let _ = reply.send(self.log.clear(through));
            }
            Order::GoOnAfter(sequence) => self.log.go_on_after(sequence),
            Order::ReadAfter { sequence, limit, reply } => {
                let _ = reply.send(self.log.after(sequence, limit));
            }
            Order::Read { sequences, reply } => {
                let _ = reply.send(self.log.fetch(&sequences));
            }
        }
    }

    /// Commits the gathered appends; on an error keeps those that must become durable. Logs one line
    /// when an outage begins and one when it ends.
    fn commit(&mut self) {
        let before = self.log.last();
        match self.write() {
            Ok(appends) => {
                self.backoff.reset();
                self.publish(before, appends);
                self.health = match (&self.health, self.batch.is_empty()) {
                    (Health::Good, _) => Health::Good,
                    (Health::Recovering | Health::Failing(_), false) => Health::Recovering,
                    (Health::Recovering | Health::Failing(_), true) => {
                        tracing::info!("the journal can be written again");
                        Health::Good
                    }
                };
            }
            Err(error) => {
                if matches!(self.health, Health::Good) {
                    tracing::error!(%error, "the journal cannot be written; trying again");
                }
                self.state.fail();
                if error == JournalError::Full {
                    self.part = self.batch.len().min(self.part).div_ceil(2).max(1);
                }
                self.health = Health::Failing(error);
                self.refuse_impatient();
            }
        }
    }

    /// Writes as many appends as the next commit may have. Returns their number.
    fn write(&mut self) -> Result<usize, JournalError> {
        // In a separate transaction if the file may be full: the rest needs the pages it frees.
        if matches!(self.health, Health::Failing(_)) && self.deleted.is_some() {
            self.log.commit(std::iter::empty(), self.deleted)?;
            self.deleted = None;
        }
        if matches!(self.health, Health::Failing(_)) && self.batch.is_empty() {
            return self.log.probe().map(|()| 0);
        }
        let appends = self.batch.len().min(self.part);
        let lines = self.batch.iter().take(appends).flat_map(|append| &append.lines);
        self.log.commit(lines.map(|line| line.bytes.as_slice()), self.deleted)?;
        self.deleted = None;
        Ok(appends)
    }

    /// Marks the committed facts as waiting to be applied, then answers the appends.
    fn publish(&mut self, before: u64, appends: usize) {
        let mut sequence = before;
        let lines = self.batch.iter().take(appends).flat_map(|append| &append.lines);
        self.state.add(before, lines);
        match self.log.used() {
            Ok(used) => self.state.used.store(used, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "cannot read the journal's size"),
        }
        // Before the answer: a caller that then waits for the applier finds the fact.
        self.state.durable(self.log.last());
        for append in self.batch.drain(..appends.min(self.batch.len())) {
            sequence += u64::try_from(append.lines.len()).unwrap_or_default();
            let _ = append.reply.send(Ok(sequence));
        }
        if self.batch.is_empty() {
            self.part = usize::MAX;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use tempfile::TempDir;

    use super::*;
    use crate::base::JournalId;
    use crate::base::Mono;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::journal::waiting::About;

    const MAX: u64 = 1 << 20;
    /// Appends that wait for room; together they need half of the file.
    const WAITING: usize = 16;
    /// Bytes of each append.
    const BYTES: usize = 32 * 1024;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn count(&self, text: &str) -> usize {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap().matches(text).count()
        }
    }

    /// A writer whose file is full of facts that are not applied yet, and appends that wait.
    struct Full {
        _home: TempDir,
        work: Work,
        answers: Vec<oneshot::Receiver<Result<u64, JournalError>>>,
        stored: u64,
    }

    impl Full {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            let id = JournalId::new(Now::default(), &mut Rng::seeded(1));
            let mut log = Log::open(home.path(), MAX, id).unwrap();
            let fact = vec![7; BYTES];
            while log.commit(std::iter::once(fact.as_slice()), None).is_ok() {}
            let stored = log.last();
            let mut answers = Vec::new();
            let appends = (0..WAITING).map(|_| {
                let (reply, answer) = oneshot::channel();
                answers.push(answer);
                let (about, since) = (About::Node, Mono::default());
                let lines = vec![JournalLine { bytes: fact.clone(), about, since }];
                let (patience, persistence) = (Duration::ZERO, Persistence::UntilDurable);
                Append { lines, patience, persistence, reply }
            });
            let batch = appends.collect();
            let state = Arc::new(JournalState::new(stored, log.used().unwrap()));
            let backoff = Backoff::new(Rng::seeded(2));
            let (part, deleted, health) = (usize::MAX, None, Health::Good);
            let work = Work { log, state, backoff, batch, part, deleted, health };
            Self { _home: home, work, answers, stored }
        }

        /// Returns the number of appends that are durable.
        fn durable(&mut self) -> usize {
            let is_durable =
                |answer: &mut oneshot::Receiver<_>| matches!(answer.try_recv(), Ok(Ok(_)));
            self.answers.iter_mut().map(is_durable).filter(|durable| *durable).count()
        }
    }

    fn logged<T>(lines: &Lines, run: impl FnOnce() -> T) -> T {
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(log, run)
    }

    #[test]
    fn an_outage_that_ends_in_parts_begins_and_ends_once_in_the_log() {
        let lines = Lines::default();
        let mut full = Full::new();
        logged(&lines, || {
            full.work.commit();
            // Room for a part, again and again: the store applies one fact after another.
            for applied in 1..=full.stored {
                if full.work.batch.is_empty() {
                    break;
                }
                full.work.carry_out(Order::Delete(applied));
                full.work.commit();
            }
        });
        assert_eq!(full.durable(), WAITING);
        assert!(full.work.state.failures.load(Ordering::Relaxed) > 1, "several parts did not fit");
        assert_eq!(lines.count("the journal cannot be written"), 1);
        assert_eq!(lines.count("the journal can be written again"), 1);
    }

    #[test]
    fn a_writer_that_closes_between_two_parts_commits_the_rest() {
        let lines = Lines::default();
        let mut full = Full::new();
        logged(&lines, || {
            full.work.commit();
            full.work.carry_out(Order::Delete(full.stored));
            full.work.commit();
        });
        assert_eq!(full.work.batch.len(), WAITING / 2, "the other half is the next part");
        let Full { work, mut answers, .. } = full;
        let (_, appends) = mpsc::channel(1);
        let (_, orders) = mpsc::channel(1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        logged(&lines, || work.run(&runtime, appends, orders));
        for answer in &mut answers {
            assert!(matches!(answer.try_recv(), Ok(Ok(_))), "every append is durable");
        }
        assert_eq!(lines.count("the journal can be written again"), 1);
        assert_eq!(lines.count("facts lost"), 0);
    }
}
