//! Breakers of buyers' servers: while one is open, contracts that post there are passed over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use crate::base::Breaker;
use crate::base::ContractId;
use crate::base::Mono;
use crate::base::Site;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Channel;
use crate::book::DeliveryWay;
use crate::dispatch::Dispatch;
use crate::net::Clock;

/// Most servers that are failing at once. A further one has no breaker.
const SITES_MAX: usize = 10_000;
/// How much longer than its time a probe may take.
const PROBE_MARGIN: Duration = Duration::from_secs(1);

/// The breakers of buyers' servers.
pub(super) struct Breakers {
    dispatch: Arc<Dispatch>,
    clock: Clock,
    /// Servers whose last post failed.
    sites: Mutex<BTreeMap<Site, State>>,
}

/// A server whose last post failed.
#[derive(Debug, Default, Clone, Copy)]
struct State {
    breaker: Breaker,
    /// A probe is in progress, at the longest until then.
    probing: Option<Mono>,
    /// Until then, contracts are passed over.
    rests: Option<Wall>,
}

/// Permission to send a post.
pub(super) struct Pass {
    site: Site,
    is_probe: bool,
}

impl Breakers {
    /// Creates closed breakers. Contracts are passed over in the decisions of `dispatch`.
    pub(super) fn new(dispatch: Arc<Dispatch>, clock: Clock) -> Self {
        Self { dispatch, clock, sites: Mutex::default() }
    }

    /// Returns permission to post to a server; `None` while its breaker is open. After each pause
    /// one post is let through, and other leads pass its contracts over until it has ended.
    pub(super) async fn begin(&self, book: &Book, site: Site, time: Duration) -> Option<Pass> {
        let now = self.clock.now();
        let longest = time + PROBE_MARGIN;
        {
            let mut sites = self.sites();
            let Some(state) = sites.get_mut(&site) else {
                return Some(Pass { site, is_probe: false });
            };
            let Some(probe_at) = state.breaker.probe_at() else {
                return Some(Pass { site, is_probe: false });
            };
            let is_probed = state.probing.is_some_and(|until| now.mono < until);
            if now.mono < probe_at || is_probed {
                return None;
            }
            state.probing = Some(now.mono + longest);
            state.rests = state.rests.max(Some(now.wall + longest));
        }
        self.rest(book, &site, now.wall + longest).await;
        Some(Pass { site, is_probe: true })
    }

    /// Notes whether a post shows that its server works; `None` if it was not sent.
    pub(super) async fn ended(&self, book: &Book, pass: Pass, is_alive: Option<bool>, fault: &str) {
        let Pass { site, is_probe } = pass;
        let now = self.clock.now();
        let (before, after, rested) = {
            let mut sites = self.sites();
            if sites.len() >= SITES_MAX && !sites.contains_key(&site) {
                return;
            }
            let before = sites.get(&site).copied().unwrap_or_default();
            let mut after = before;
            if is_probe {
                after.probing = None;
            }
            after.breaker = is_alive
                .map_or(before.breaker, |is_alive| before.breaker.after(is_alive, now.mono));
            let probe_at = after.breaker.probe_at();
            after.rests = probe_at.map(|at| now.wall + at.since(now.mono)).max(after.rests);
            match after.breaker {
                Breaker::Closed { failures: 0 } => drop(sites.remove(&site)),
                Breaker::Closed { .. } | Breaker::Open { .. } => {
                    sites.insert(site.clone(), after);
                }
            }
            (before.breaker, after.breaker, after.rests)
        };
        match (before.is_open(), after.is_open(), rested) {
            (_, true, Some(until)) if before != after => {
                if !before.is_open() {
                    tracing::warn!(server = %site, fault, "server of a buyer is down");
                }
                self.rest(book, &site, until).await;
            }
            (true, false, Some(until)) => {
                tracing::info!(server = %site, "server of a buyer answers again");
                for contract in contracts(book, &site) {
                    self.dispatch.buyer_up(contract, until).await;
                }
            }
            (_, _, _) => {}
        }
    }

    /// Returns the number of servers to which nothing is posted.
    pub(super) fn open(&self) -> usize {
        self.sites().values().filter(|state| state.breaker.is_open()).count()
    }

    async fn rest(&self, book: &Book, site: &Site, until: Wall) {
        for contract in contracts(book, site) {
            self.dispatch.buyer_down(contract, until).await;
        }
    }

    fn sites(&self) -> MutexGuard<'_, BTreeMap<Site, State>> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the contracts whose leads are posted to a server, and that take no calls: a web server
/// that is down does not keep a buyer from answering the phone.
fn contracts<'b>(book: &'b Book, site: &Site) -> impl Iterator<Item = &'b ContractId> {
    book.contracts.iter().filter_map(move |contract| {
        let DeliveryWay::Post(post) = &contract.delivery.as_ref()?.way else { return None };
        let is_there = Site::of_url(post.url.as_str()) == *site;
        (is_there && !contract.channels.contains(Channel::Call)).then_some(&contract.id)
    })
}
