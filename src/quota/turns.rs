//! The rotation sequences of all offers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::base::OfferId;
use crate::routing::Sequence;

/// One sequence per offer, each with its own lock, so that offers do not wait for each other.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<OfferId, Arc<Mutex<Sequence>>>>);

impl Turns {
    /// Runs `work` on an offer's sequence under its lock. Poisoned locks are still used: turns only
    /// affect fairness.
    pub(super) fn of<T>(&self, offer: &OfferId, work: impl FnOnce(&mut Sequence) -> T) -> T {
        let sequence = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match all.get(offer) {
                Some(sequence) => sequence.clone(),
                None => all.entry(offer.clone()).or_default().clone(),
            }
        };
        let mut sequence = sequence.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut sequence)
    }
}
