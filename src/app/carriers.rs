//! Webhook carriers: who may speak, and how each is asked.

use std::collections::HashMap;
use std::sync::Arc;

use super::Fault;
use crate::base::Rng;
use crate::base::Wall;
use crate::carrier::Carrier;
use crate::config;
use crate::config::Settings;
use crate::http;
use crate::switch::Account;
use crate::switch::Inquirer;
use crate::switch::Shared;
use crate::switch::Webhooks;

/// The door for webhook carriers, as the settings want it.
pub(super) fn carriers(settings: &Settings, shared: Arc<Shared>, rng: Rng) -> http::Carriers {
    let public_url = settings.http.public_url.as_str().trim_end_matches('/').to_owned();
    let proofs = settings.carriers.clone();
    let inquirer = Inquirer::new(accounts(settings));
    let webhooks = Arc::new(Webhooks::new(shared, public_url.clone(), inquirer, rng));
    http::Carriers { webhooks, public_url, proofs, forged: Default::default() }
}

/// Raises the caps' counters to what the records say, then goes on with the calls that carriers
/// hold: a call's units are in no record before it has ended, so that they come on top.
pub(super) async fn restore(
    carriers: &http::Carriers,
    shared: &Shared,
    now: Wall,
) -> Result<(), Fault> {
    super::node::restore_caps(shared.store.as_ref(), &shared.dispatch, now).await?;
    let calls = carriers.webhooks.restore().await.map_err(Fault::of)?;
    if calls > 0 {
        tracing::info!(calls, "calls at webhook carriers go on");
    }
    Ok(())
}

/// Which carriers can be asked how a call stands.
fn accounts(settings: &Settings) -> HashMap<Carrier, Account> {
    let account = |carrier| {
        let config::CarrierApi { url, id, secret } = settings.carriers.api(carrier)?;
        let (id, secret) = (id.map(str::to_owned), secret.expose().to_owned());
        Some((carrier, Account { api: url, id, secret }))
    };
    Carrier::ALL.into_iter().filter_map(account).collect()
}
