//! Wires the intake of form leads.

use std::sync::Arc;

use super::Fault;
use crate::base::Rng;
use crate::config::Settings;
use crate::dispatch::Dispatch;
use crate::intake::Buyers;
use crate::intake::BuyersParts;
use crate::intake::Intake;
use crate::intake::Parts;
use crate::lead::Rules;
use crate::net::Clock;
use crate::net::Mailer;
use crate::outbox::Links;
use crate::sale::ConversionSecret;
use crate::switch::Shared;

/// Returns the client with which buyers get leads, and are asked for bids.
///
/// # Errors
/// [`Fault`]: the connection to the mail server cannot be secured.
pub(super) fn buyers(
    settings: &Settings,
    dispatch: Arc<Dispatch>,
    clock: Clock,
    conversions: ConversionSecret,
) -> Result<Arc<Buyers>, Fault> {
    let mailer = settings.smtp.as_ref().map(Mailer::new).transpose().map_err(Fault::of)?;
    Ok(Arc::new(Buyers::new(BuyersParts {
        reach: settings.outbound.reach(),
        links: Links::new(settings.http.public_url.as_str(), conversions),
        secrets: Arc::new(settings.secrets.clone()),
        mailer,
        dispatch,
        clock,
    })))
}

/// Starts the intake: continues the leads that an earlier run left open.
///
/// # Errors
/// [`Fault`]: the database cannot be read.
pub(super) async fn start(
    settings: &Settings,
    shared: &Shared,
    poster: Arc<Buyers>,
    rng: Rng,
) -> Result<Intake, Fault> {
    let leads = &settings.leads;
    let intake = Intake::new(Parts {
        node: shared.records.node.clone(),
        store: shared.records.store.clone(),
        dispatch: shared.dispatch.clone(),
        clock: shared.clock.clone(),
        bidders: poster.clone(),
        poster,
        sip_host: settings.sip.host.clone(),
        rules: Rules { unknown_after: leads.unknown_after, park_max: leads.park_max },
        leads_max: usize::try_from(leads.max).unwrap_or(usize::MAX),
        answer_within: leads.answer_within,
        ping_life: leads.ping_life,
        platforms: settings.platforms.clone(),
        drain: shared.admission.drain.clone(),
        rng,
    });
    let continued = intake.resume().await.map_err(Fault::of)?;
    if continued > 0 {
        tracing::warn!(leads = continued, "leads continued that the previous run left open");
    }
    Ok(intake)
}
