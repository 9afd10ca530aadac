//! Commands to the SIP task whose outcome a task waits for.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::oneshot;

use crate::net::sip::Order;
use crate::net::sip::SipLine;
use crate::sip::Command;

/// Who waits for which outcome.
#[derive(Debug)]
pub(super) struct Awaiting<K, T> {
    waiting: Mutex<HashMap<K, oneshot::Sender<T>>>,
}

impl<K, T> Default for Awaiting<K, T> {
    fn default() -> Self {
        Self { waiting: Mutex::default() }
    }
}

impl<K: Eq + Hash, T> Awaiting<K, T> {
    /// Sends a command and waits for its outcome; `None` if the SIP task has ended.
    pub(super) async fn ask(&self, line: &SipLine, id: K, command: Command) -> Option<T> {
        let (outcome, waits) = oneshot::channel();
        self.lock().insert(id, outcome);
        line.give(Order { command, mailbox: None }).await;
        waits.await.ok()
    }

    /// Passes an outcome on to who waits for it.
    pub(super) fn settle(&self, id: &K, outcome: T) {
        if let Some(waiting) = self.lock().remove(id) {
            // Who asked may have given up.
            drop(waiting.send(outcome));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, oneshot::Sender<T>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
