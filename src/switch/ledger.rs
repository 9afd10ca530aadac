//! A call's writes: one after the other, each until it is on disk.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::store::Fact;
use crate::store::Origin;
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
    waiting: VecDeque<Fact>,
    under_way: JoinSet<Written>,
}

impl Ledger {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, waiting: VecDeque::new(), under_way: JoinSet::new() }
    }

    /// Queues a fact behind the ones before it.
    pub(super) fn write(&mut self, fact: Fact) {
        if self.waiting.len() < WRITES_MAX {
            self.waiting.push_back(fact);
        }
        self.start();
    }

    fn start(&mut self) {
        if self.under_way.is_empty()
            && let Some(fact) = self.waiting.pop_front()
        {
            self.under_way.spawn(carry_out(self.store.clone(), fact));
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

/// A call's opening is tried once: its caller is waiting. Everything else is tried until it is
/// stored or the pauses are over.
async fn carry_out(store: Arc<dyn Store>, fact: Fact) -> Written {
    if !matches!(fact, Fact::Opened { .. }) {
        insist(&*store, fact).await;
        return Written::Later;
    }
    match store.apply(Origin::Transaction, vec![fact]).await {
        Ok(()) => Written::Opened,
        Err(error) => {
            tracing::error!(%error, "a call was refused: its record could not be opened");
            Written::NotOpened
        }
    }
}

/// Repeats a write until it is made. Given up only after the last pause; the record in the
/// database is then closed by the next start, billed to its last heartbeat.
async fn insist(store: &dyn Store, fact: Fact) {
    let mut error: Option<StoreError> = None;
    for pause in [Duration::ZERO].into_iter().chain(PAUSES) {
        tokio::time::sleep(pause).await;
        match store.apply(Origin::Transaction, vec![fact.clone()]).await {
            Ok(()) => return,
            Err(failure) => error = Some(failure),
        }
    }
    if let Some(error) = error {
        tracing::error!(%error, "a call's record could not be stored");
    }
}
