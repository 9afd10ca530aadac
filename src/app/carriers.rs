//! Webhook carriers: which may send requests, and the access to their APIs.

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

/// Starts the endpoint of the webhook carriers. Resumes the calls that are live at carriers, and
/// renews their holds. Records do not contain these holds until the calls end, so the caller must
/// restore the counters first.
pub(super) async fn start(
    settings: &Settings,
    shared: Arc<Shared>,
    rng: Rng,
) -> Result<Arc<http::Carriers>, Fault> {
    let public_url = settings.http.public_url.as_str().trim_end_matches('/').to_owned();
    let proofs = settings.carriers.clone();
    let inquirer = Inquirer::new(accounts(settings), shared.sounds.fetcher.clone());
    let webhooks = Arc::new(Webhooks::new(shared, public_url.clone(), inquirer, rng));
    let calls = webhooks.restore().await.map_err(Fault::of)?;
    if calls > 0 {
        tracing::info!(calls, "calls at webhook carriers resumed");
    }
    let forged = Default::default();
    Ok(Arc::new(http::Carriers { webhooks, public_url, proofs, forged }))
}

/// Returns the API accounts of the carriers that have one.
fn accounts(settings: &Settings) -> HashMap<Carrier, Account> {
    let account = |carrier| {
        let config::CarrierApi { url, id, secret } = settings.carriers.api(carrier)?;
        let (id, secret) = (id.map(str::to_owned), secret.expose().to_owned());
        Some((carrier, Account { api: url, id, secret }))
    };
    Carrier::ALL.into_iter().filter_map(account).collect()
}
