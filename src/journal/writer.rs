//! The writer: one thread that owns the journal's file. It commits whatever is queued in one
//! transaction, so that many calls share one `fsync`. An append states how long it can wait for others
//! to share with; one that cannot wait takes along those that can.
//!
//! A commit that fails is tried again until it succeeds. Meanwhile appends that must become durable
//! wait, and those that are tried once are answered with the fault.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use super::JournalError;
use super::backoff::Backoff;
use super::line::JournalLine;
use super::log::Entry;
use super::log::Log;
use super::state::JournalState;

/// Appends that may be queued. When it is full, further ones wait for room.
const QUEUE_APPENDS: usize = 4_096;
/// Reads and deletions that may be queued: of the one applier, and of requests for single calls.
const QUEUE_ORDERS: usize = 64;
/// Most appends of one transaction: bounds how long the first of them waits for the last.
const COMMIT_APPENDS_MAX: usize = 512;
/// Most appends that wait for a failing disk outside the queue. Each live call has one at most.
const RETAINED_MAX: usize = 16_384;
/// How long a deletion waits for a commit that it can share.
const DELETE: Duration = Duration::from_secs(1);

/// What is done when a commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Persistence {
    /// The fault is the answer: a caller waits.
    Once,
    /// It is tried again until it succeeds: what happened must not be lost.
    UntilDurable,
}

/// Facts that become durable together.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) lines: Vec<JournalLine>,
    /// How long it can wait for others to share its commit.
    pub(super) patience: Duration,
    pub(super) persistence: Persistence,
    pub(super) reply: oneshot::Sender<Result<u64, JournalError>>,
}

/// What else is done with the file.
#[derive(Debug)]
pub(super) enum Order {
    /// Facts up to this sequence are applied and not needed any more.
    Delete(u64),
    /// The next fact's sequence is above this one, whatever the file holds.
    GoOnAfter(u64),
    /// Read the facts after a sequence.
    ReadAfter {
        sequence: u64,
        limit: usize,
        reply: oneshot::Sender<Result<Vec<Entry>, JournalError>>,
    },
    /// Read single facts; those that are gone are left out.
    Read { sequences: Vec<u64>, reply: oneshot::Sender<Result<Vec<Entry>, JournalError>> },
}

/// The writer's thread and its queues.
#[derive(Debug)]
pub(super) struct Writer {
    queues: Option<(mpsc::Sender<Append>, mpsc::Sender<Order>)>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. It ends when the writer is dropped.
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
        let work =
            Work { log, state, backoff, batch: Vec::new(), deleted: None, health: Health::Good };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || work.run(&runtime, appends, orders))
            .map_err(cannot)?;
        Ok(Self { queues: Some((append, order)), thread: Some(thread) })
    }

    /// Queues an append, waiting for room.
    pub(super) async fn append(&self, append: Append) -> Result<(), JournalError> {
        let Some((appends, _)) = &self.queues else { return Err(JournalError::Closed) };
        appends.send(append).await.map_err(|_| JournalError::Closed)
    }

    /// Queues another order, waiting for room.
    pub(super) async fn order(&self, order: Order) -> Result<(), JournalError> {
        let Some((_, orders)) = &self.queues else { return Err(JournalError::Closed) };
        orders.send(order).await.map_err(|_| JournalError::Closed)
    }
}

impl Drop for Writer {
    /// Ends the queues, so that the thread commits what is in them and ends.
    fn drop(&mut self) {
        self.queues = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's writer panicked");
        }
    }
}

/// The thread's state.
struct Work {
    log: Log,
    state: Arc<JournalState>,
    backoff: Backoff,
    batch: Vec<Append>,
    deleted: Option<u64>,
    health: Health,
}

/// How the last commit went.
enum Health {
    Good,
    Failing(JournalError),
}

/// Whether more will come.
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
                Health::Good => runtime.block_on(self.gather(&mut appends, &mut orders)),
                Health::Failing(_) => runtime.block_on(self.recover(&mut appends, &mut orders)),
            };
            self.commit();
        }
        let lost: usize = self.batch.iter().map(|append| append.lines.len()).sum();
        if lost > 0 {
            tracing::error!(facts = lost, "facts lost: the journal failed until the end");
        }
    }

    /// Waits for appends, and as long as the least patient of them can for more to share its commit.
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

    /// Waits until it is time to try again; a deletion may have made room.
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

    /// Answers appends that are tried once with the fault.
    fn refuse_impatient(&mut self) {
        let Health::Failing(error) = &self.health else { return };
        for append in self.batch.extract_if(.., |append| append.persistence == Persistence::Once) {
            // Whoever asked may have gone.
            let _ = append.reply.send(Err(error.clone()));
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Delete(through) => self.deleted = self.deleted.max(Some(through)),
            Order::GoOnAfter(sequence) => self.log.go_on_after(sequence),
            Order::ReadAfter { sequence, limit, reply } => {
                let _ = reply.send(self.log.after(sequence, limit));
            }
            Order::Read { sequences, reply } => {
                let _ = reply.send(self.log.fetch(&sequences));
            }
        }
    }

    /// Commits what was gathered; when that fails, keeps what must become durable.
    fn commit(&mut self) {
        let before = self.log.last();
        match self.write() {
            Ok(()) => {
                if matches!(self.health, Health::Failing(_)) {
                    tracing::info!("the journal can be written again");
                }
                self.health = Health::Good;
                self.backoff.reset();
                self.publish(before);
            }
            Err(error) => {
                if matches!(self.health, Health::Good) {
                    tracing::error!(%error, "the journal cannot be written; trying again");
                }
                self.state.fail();
                self.health = Health::Failing(error);
                self.refuse_impatient();
            }
        }
    }

    fn write(&mut self) -> Result<(), JournalError> {
        // Apart, when the file may be full: the pages that become free are what the rest needs.
        if matches!(self.health, Health::Failing(_)) && self.deleted.is_some() {
            self.log.commit(std::iter::empty(), self.deleted)?;
            self.deleted = None;
        }
        if matches!(self.health, Health::Failing(_)) && self.batch.is_empty() {
            return self.log.probe();
        }
        let lines = self.batch.iter().flat_map(|append| &append.lines);
        self.log.commit(lines.map(|line| line.bytes.as_slice()), self.deleted)?;
        self.deleted = None;
        Ok(())
    }

    /// What was committed waits to be applied from now on; then it is answered.
    fn publish(&mut self, before: u64) {
        let mut sequence = before;
        let lines = self.batch.iter().flat_map(|append| &append.lines);
        self.state.add(before, lines);
        match self.log.used() {
            Ok(used) => self.state.used.store(used, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "cannot read the journal's size"),
        }
        // Before it is answered: whoever is answered finds it when they wait for it to be applied.
        self.state.durable(self.log.last());
        for append in self.batch.drain(..) {
            sequence += u64::try_from(append.lines.len()).unwrap_or_default();
            let _ = append.reply.send(Ok(sequence));
        }
    }
}
