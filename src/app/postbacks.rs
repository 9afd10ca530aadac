//! Wires the deliveries of events.

use std::sync::Arc;

use crate::base::Rng;
use crate::config::Settings;
use crate::net::Fetcher;
use crate::postbacks::ATTEMPT_MAX;
use crate::postbacks::Deliverer;
use crate::postbacks::Figures;
use crate::postbacks::Keys;
use crate::postbacks::Sender;
use crate::switch::Shared;

/// Returns what sends events. It has a client of its own, so that slow receivers take no places of
/// flows.
pub(super) fn sender(settings: &Settings, shared: &Shared) -> Arc<Sender> {
    Arc::new(Sender {
        store: shared.records.store.clone(),
        fetcher: Fetcher::new(settings.outbound.reach()),
        clock: shared.clock.clone(),
        attempt_max: ATTEMPT_MAX,
        keys: Keys(settings.postbacks.secrets.iter().cloned().collect()),
    })
}

/// Returns the task that delivers events by the live book.
pub(super) fn deliverer(
    sender: Arc<Sender>,
    shared: &Shared,
    rng: Rng,
    figures: Arc<Figures>,
) -> Deliverer {
    Deliverer::new(sender, shared.dispatch.clone(), rng, figures)
}
