//! Fetches certificates of carriers beside the calls that need them.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use crate::stir::CHAIN_BYTES_MAX;
use crate::stir::Chain;
use crate::stir::Fault;

/// Longest time for a certificate.
const FETCH_MAX: Duration = Duration::from_secs(5);

/// Fetches a carrier's certificate and verifies it.
pub(super) async fn fetch(shared: Arc<Shared>, address: String) {
    let attesting = &shared.callers.attesting;
    let Some(authorities) = attesting.authorities() else { return };
    let fetcher = &shared.sounds.fetcher;
    let found = match fetcher.get(&address, FETCH_MAX, CHAIN_BYTES_MAX).await {
        Ok(pem) => Chain::verified(&pem, &authorities, shared.clock.now().wall),
        Err(error) => Err(Fault::Unreachable(error.to_string())),
    };
    match &found {
        Ok(_) => tracing::info!(address, "carrier certificate fetched"),
        Err(fault) => tracing::warn!(address, %fault, "carrier certificate not usable"),
    }
    attesting.known().settle(&address, found, shared.clock.now().mono);
}
