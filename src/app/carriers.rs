//! Webhook carriers: who may speak, and how each is asked.

use std::collections::HashMap;
use std::sync::Arc;

use super::Fault;
use crate::base::Rng;
use crate::carrier::Carrier;
use crate::config;
use crate::config::Settings;
use crate::http;
use crate::switch::Account;
use crate::switch::Inquirer;
use crate::switch::Shared;
use crate::switch::Webhooks;

/// The door for webhook carriers, as the settings want it. Goes on with the calls that carriers
/// hold, and takes their holds again. What they take is not among the records before they end, so
/// that the counters are restored first.
pub(super) async fn start(
    settings: &Settings,
    shared: Arc<Shared>,
    rng: Rng,
) -> Result<Arc<http::Carriers>, Fault> {
    let public_url = settings.http.public_url.as_str().trim_end_matches('/').to_owned();
    let proofs = settings.carriers.clone();
    let inquirer = Inquirer::new(accounts(settings), shared.fetcher.clone());
    let webhooks = Arc::new(Webhooks::new(shared, public_url.clone(), inquirer, rng));
    let calls = webhooks.restore().await.map_err(Fault::of)?;
    if calls > 0 {
        tracing::info!(calls, "calls at webhook carriers go on");
    }
    let forged = Default::default();
    Ok(Arc::new(http::Carriers { webhooks, public_url, proofs, forged }))
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
