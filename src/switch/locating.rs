//! Keeps the hosts of the live book located: looks them up before they are called, and again when
//! the answer expires.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Shared;
use super::address;
use super::keeping::keep_tasks;
use crate::base::Rng;
use crate::book::Book;
use crate::net::LocateError;
use crate::net::SipHost;

/// Most hosts that are kept located. Further ones are looked up when they are called.
const HOSTS_MAX: usize = 4_096;
/// Time until a failed look-up is repeated, cut by up to half at random.
const AGAIN: Duration = Duration::from_secs(30);

/// Keeps the hosts of the live book located until `end`.
pub async fn run(shared: Arc<Shared>, mut rng: Rng, end: CancellationToken) {
    let start = |host: &SipHost, (): &(), end: CancellationToken| {
        let (shared, host, rng) = (shared.clone(), host.clone(), rng.fork());
        async move {
            tokio::select! {
                () = keep(&shared, &host, rng) => {}
                () = end.cancelled() => {}
            }
            shared.trunks.names.forget(&host);
        }
    };
    keep_tasks(&shared, hosts, start, &end).await;
}

fn hosts(book: &Book) -> BTreeMap<SipHost, ()> {
    address::hosts(book).take(HOSTS_MAX).map(|host| (host, ())).collect()
}

/// Looks a host up whenever its answer expires. An answer that holds no more is used until there is
/// a new one.
async fn keep(shared: &Shared, host: &SipHost, mut rng: Rng) {
    let mut state = None;
    loop {
        let is_known = shared.trunks.names.known(host).is_some();
        let found = shared.trunks.names.locate(host, is_known).await;
        let (pause, outcome) = match found {
            Ok(found) => {
                let outcome = Ok(found.servers.len());
                let pause = found.ttl;
                shared.trunks.names.put(host.clone(), found);
                (pause, outcome)
            }
            Err(error) => {
                let millis = u64::try_from(AGAIN.as_millis()).unwrap_or(u64::MAX);
                (AGAIN - Duration::from_millis(rng.below(millis / 2 + 1)), Err(error))
            }
        };
        if state.as_ref() != Some(&outcome) {
            log(host, &outcome, is_known);
            state = Some(outcome);
        }
        tokio::time::sleep(pause).await;
    }
}

fn log(host: &SipHost, outcome: &Result<usize, LocateError>, is_known: bool) {
    let (name, transport) = (&host.name, host.transport.name());
    match outcome {
        Ok(servers) => tracing::info!(host = name, transport, servers, "host located"),
        Err(error) if is_known => {
            tracing::warn!(host = name, transport, %error, "host not located: last answer kept");
        }
        Err(error) => tracing::error!(host = name, transport, %error, "host not located"),
    }
}
