//! Asks the gateways of the live book by OPTIONS whether they are there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::address;
use super::address::Address;
use super::address::Gateways;
use super::gateway_health::Seen;
use super::gateways;
use super::keeping::keep_tasks;
use crate::base::Rng;
use crate::base::TrunkId;
use crate::book::Book;
use crate::sip::Peer;

/// The gateways of a trunk, and how often they are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    every: Duration,
    gateways: Gateways,
}

/// Asks the gateways of every trunk that has a `ping`, until `end`.
pub async fn run(shared: Arc<Shared>, mut rng: Rng, end: CancellationToken) {
    let start = |trunk: &TrunkId, wanted: &Wanted, end: CancellationToken| {
        let (shared, rng) = (shared.clone(), rng.fork());
        let (trunk, wanted) = (trunk.clone(), wanted.clone());
        async move {
            tokio::select! {
                () = keep(&shared, &trunk, &wanted, rng) => {}
                () = end.cancelled() => {}
            }
        }
    };
    keep_tasks(&shared, |book| wanted(book, &shared), start, &end).await;
}

fn wanted(book: &Book, shared: &Shared) -> BTreeMap<TrunkId, Wanted> {
    shared.trunks.health.keep(|trunk| book.trunk(trunk).is_some());
    let pinged = book.trunks.iter().filter_map(|trunk| {
        let every = trunk.ping.filter(|_| !trunk.outbound.is_empty())?;
        Some((trunk.id.clone(), Wanted { every, gateways: address::of_trunk(trunk) }))
    });
    pinged.collect()
}

/// Asks the gateways of a trunk again and again. The delays are random, so that neither the
/// gateways nor the nodes of a cluster are asked in step.
async fn keep(shared: &Arc<Shared>, trunk: &TrunkId, wanted: &Wanted, mut rng: Rng) {
    let mut below = |time: Duration| {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(rng.below(millis.saturating_add(1)))
    };
    loop {
        let all = wanted.gateways.all(shared);
        let names: Vec<_> = all.iter().map(|address| address.gateway.clone()).collect();
        let mut asked = JoinSet::new();
        for address in all {
            let (shared, delay) = (shared.clone(), below(wanted.every / 4));
            asked.spawn(async move {
                tokio::time::sleep(delay).await;
                let gateway = address.gateway.clone();
                (gateway, ask(&shared, address).await)
            });
        }
        while let Some(answer) = asked.join_next().await {
            let Ok((gateway, status)) = answer else { continue };
            gateways::note(shared, (trunk, &gateway), &names, Seen::Ping(status));
        }
        tokio::time::sleep(wanted.every / 2 + below(wanted.every / 2)).await;
    }
}

async fn ask(shared: &Shared, address: Address) -> Option<u16> {
    let Address { transport, remote, target, .. } = address;
    // The SIP task puts its own address there.
    let local = SocketAddr::new(remote.ip(), 0);
    let peer = Peer { transport, remote, local, connection: None };
    shared.trunks.pings.ask(&shared.line, peer, target).await
}
