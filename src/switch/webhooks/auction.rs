//! The auction of a call at a webhook carrier, which waits for its document meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio::time::timeout_at;

use super::live::Live;
use super::sources::Sources;
use crate::base::ContractId;
use crate::base::millis;
use crate::carrier::BidIn;
use crate::carrier::Reply;
use crate::dispatch::CallPing;
use crate::routing::Inquiry;

/// Buyers to ask for bids.
pub(super) struct Auction {
    pub(super) contracts: Vec<ContractId>,
    pub(super) window: Duration,
    pub(super) inquiry: Inquiry,
}

impl Auction {
    /// Asks all buyers at once, and returns what they answered within the window; at `until` the
    /// carrier waits no longer.
    pub(super) async fn hold(self, sources: &Sources<'_>, live: &Live, until: Instant) -> Reply {
        let Self { contracts, window, inquiry } = self;
        let begun = sources.clock.now();
        let ends = tokio::time::sleep(window).deadline().min(until);
        let inquiry = Arc::new(inquiry);
        let mut asked = JoinSet::new();
        for contract in contracts {
            let ping = CallPing {
                book: live.snapshot.book().clone(),
                contract: contract.clone(),
                call: live.id(),
                source: live.call.record().source.clone(),
                inquiry: inquiry.clone(),
                at: begun.wall,
                timeout: window,
            };
            let bidders = sources.bidders.clone();
            asked.spawn(async move { (contract, bidders.ask(ping).await) });
        }
        let mut bids = Vec::new();
        while let Ok(Some(answered)) = timeout_at(ends, asked.join_next()).await {
            // A request whose task panicked is not answered.
            let Ok((contract, reply)) = answered else { continue };
            let after_ms = millis(sources.clock.now().mono.since(begun.mono));
            bids.push(BidIn { contract, after_ms, reply });
        }
        Reply::Bids(bids)
    }
}
