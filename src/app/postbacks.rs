//! Wires the deliveries of events.

use std::sync::Arc;

use super::Fault;
use crate::base::Rng;
use crate::config::Settings;
use crate::intake::Buyers;
use crate::net::Fetcher;
use crate::net::Mailer;
use crate::outbox::Links;
use crate::postbacks::ATTEMPT_MAX;
use crate::postbacks::Deliverer;
use crate::postbacks::Figures;
use crate::postbacks::Keys;
use crate::postbacks::Sender;
use crate::switch::Shared;

/// Returns the task that delivers events by the live book. It has a client of its own, so that slow
/// receivers take no places of flows.
///
/// # Errors
/// [`Fault`]: the connection to the mail server cannot be secured.
pub(super) fn deliverer(
    settings: &Settings,
    shared: &Shared,
    buyers: &Arc<Buyers>,
    rng: &mut Rng,
    figures: Arc<Figures>,
) -> Result<Deliverer, Fault> {
    let mailer = settings.smtp.as_ref().map(Mailer::new).transpose().map_err(Fault::of)?;
    let sender = Arc::new(Sender {
        store: shared.records.store.clone(),
        fetcher: Fetcher::new(settings.outbound.reach()),
        mailer,
        buyers: buyers.clone(),
        clock: shared.clock.clone(),
        links: Links::new(settings.http.public_url.as_str(), shared.conversions.clone()),
        attempt_max: ATTEMPT_MAX,
        keys: Keys(settings.postbacks.secrets.iter().cloned().collect()),
    });
    Ok(Deliverer::new(sender, shared.dispatch.clone(), rng.fork(), figures))
}
