//! A call's facts on their way to the journal, in order. Facts that are noted together become
//! durable together.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::journal::Journal;
use crate::journal::JournalError;
use crate::store::Fact;

/// Most facts of one call that wait: the call is opened, bridged and ended once, and the attempts
/// in between are one fact, as are the legs.
const FACTS_MAX: usize = 16;

/// Facts that have become durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// The opening, and the facts that were noted with it.
    Opened,
    /// The opening failed: the journal accepts no more facts.
    NotOpened,
    /// Later facts.
    Later,
}

/// The facts of one call.
pub(super) struct Ledger {
    journal: Arc<Journal>,
    waiting: VecDeque<Fact>,
    under_way: JoinSet<Written>,
}

impl Ledger {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        Self { journal, waiting: VecDeque::new(), under_way: JoinSet::new() }
    }

    /// Queues a fact. Nothing is written before [`Ledger::start`].
    pub(super) fn note(&mut self, fact: Fact) {
        let Some(fact) = self.joined(fact) else { return };
        if self.waiting.len() >= FACTS_MAX {
            // A fact has the call's fields, which are never logged.
            tracing::error!("internal error: too many facts of one call wait");
            return;
        }
        self.waiting.push_back(fact);
    }

    /// Adds a fact of attempts or legs to the last waiting one of its kind, unless the call was
    /// changed in between. Returns a fact that is to wait by itself.
    fn joined(&mut self, fact: Fact) -> Option<Fact> {
        let adds = |fact: &&mut Fact| matches!(fact, Fact::Attempted { .. } | Fact::Carried { .. });
        let mut fact = fact;
        for known in self.waiting.iter_mut().rev().take_while(adds) {
            fact = match (known, fact) {
                (
                    Fact::Attempted { attempts, decisions, .. },
                    Fact::Attempted { attempts: now, decisions: more, .. },
                ) => {
                    *attempts = now;
                    decisions.extend(more);
                    return None;
                }
                (Fact::Carried { legs, .. }, Fact::Carried { legs: more, .. }) => {
                    legs.extend(more);
                    return None;
                }
                (_, fact) => fact,
            };
        }
        Some(fact)
    }

    /// Writes the queued facts, unless a write of the call is in progress.
    pub(super) fn start(&mut self) {
        if !self.under_way.is_empty() || self.waiting.is_empty() {
            return;
        }
        // Facts noted with an opening fail with it. The end of a call is always retried.
        let together = |fact: &Fact| {
            matches!(fact, Fact::Opened { .. } | Fact::Attempted { .. } | Fact::Carried { .. })
        };
        let opens = self.waiting.front().is_some_and(|fact| matches!(fact, Fact::Opened { .. }));
        let count = match opens {
            true => self.waiting.iter().take_while(|fact| together(fact)).count(),
            false => self.waiting.len(),
        };
        let facts: Vec<Fact> = self.waiting.drain(..count).collect();
        let journal = self.journal.clone();
        if opens {
            self.under_way.spawn(async move { opened(journal.append(&facts).await) });
        } else if facts.iter().any(together) {
            self.under_way.spawn(async move { later(journal.insist(&facts).await) });
        } else {
            self.under_way.spawn(async move { later(journal.note(&facts).await) });
        }
    }

    /// Returns whether every fact so far is durable.
    pub(super) fn is_durable(&self) -> bool {
        self.under_way.is_empty() && self.waiting.is_empty()
    }

    /// Waits until the next facts are durable. Never returns if no write is in progress.
    pub(super) async fn written(&mut self) -> Written {
        match self.under_way.join_next().await {
            Some(result) => result.unwrap_or(Written::Later),
            None => std::future::pending().await,
        }
    }
}

fn opened(result: Result<u64, JournalError>) -> Written {
    match result {
        Ok(_) => Written::Opened,
        Err(error) => {
            tracing::error!(%error, "call rejected: its opening was not written");
            Written::NotOpened
        }
    }
}

fn later(result: Result<u64, JournalError>) -> Written {
    if let Err(error) = result {
        tracing::error!(%error, "facts of a call not written");
    }
    Written::Later
}
