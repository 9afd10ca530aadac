//! Pauses that began on this node.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::Notify;

use crate::base::ContractId;
use crate::store::NewPause;

/// Pauses that began on this node and are not stored yet: one for each contract, so that their
/// number is bounded by the book.
#[derive(Debug, Default)]
pub(super) struct Begun {
    pauses: Mutex<BTreeMap<ContractId, NewPause>>,
    pub(super) wake: Notify,
}

impl Begun {
    /// Returns the pauses.
    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<ContractId, NewPause>> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
