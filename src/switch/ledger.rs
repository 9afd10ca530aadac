//! A call's writes: one after the other, each until it is on disk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::store::CallChange;
use crate::store::Store;
use crate::store::StoreError;

/// Writes that one call may have waiting: it opens, is bridged, ends.
const WRITES_MAX: usize = 16;
/// Pauses between the tries of a write that failed.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

/// One write.
#[derive(Debug, Clone)]
pub(super) enum Write {
    /// The call begins. Tried once: the caller is waiting.
    Open(Box<CallChange>),
    /// The call was bridged.
    Update(Box<CallChange>),
    /// The call has ended. Tried until it succeeds or the pauses are over.
    Finish(Box<CallChange>),
}

/// Which write was made, or was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Opened,
    NotOpened,
    Later,
}

/// The writes of one call, in order.
pub(super) struct Ledger {
    store: Arc<dyn Store>,
    waiting: VecDeque<Write>,
    under_way: JoinSet<Written>,
}

impl Ledger {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, waiting: VecDeque::new(), under_way: JoinSet::new() }
    }

    /// Queues a write behind the ones before it.
    pub(super) fn write(&mut self, write: Write) {
        if self.waiting.len() < WRITES_MAX {
            self.waiting.push_back(write);
        }
        self.start();
    }

    fn start(&mut self) {
        if self.under_way.is_empty()
            && let Some(write) = self.waiting.pop_front()
        {
            self.under_way.spawn(carry_out(self.store.clone(), write));
        }
    }

    /// The next write that is made; never, when none is under way.
    pub(super) async fn written(&mut self) -> Written {
        match self.under_way.join_next().await {
            Some(result) => {
                self.start();
                result.unwrap_or(Written::Later)
            }
            None => std::future::pending().await,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty() && self.waiting.is_empty()
    }
}

async fn carry_out(store: Arc<dyn Store>, write: Write) -> Written {
    match write {
        Write::Open(change) => match store.call_open(change.record).await {
            Ok(()) => Written::Opened,
            Err(error) => {
                tracing::error!(%error, "a call was refused: its record could not be opened");
                Written::NotOpened
            }
        },
        Write::Update(change) => {
            insist(|| store.call_update((*change).clone()), "updated").await;
            Written::Later
        }
        Write::Finish(change) => {
            insist(|| store.call_finish((*change).clone()), "finished").await;
            Written::Later
        }
    }
}

/// Repeats a write until it is made. Given up only after the last pause; the record in the
/// database is then closed by the next start, billed to its last heartbeat.
async fn insist<'a>(write: impl Fn() -> crate::store::Pending<'a, ()>, what: &str) {
    let mut error: Option<StoreError> = None;
    for pause in [Duration::ZERO].into_iter().chain(PAUSES) {
        tokio::time::sleep(pause).await;
        match write().await {
            Ok(()) => return,
            Err(failure) => error = Some(failure),
        }
    }
    if let Some(error) = error {
        tracing::error!(%error, "a call's record could not be {what}");
    }
}
