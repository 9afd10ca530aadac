//! Asks buyers for bids.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Pinging;
use super::own::Own;
use crate::base::ContractId;
use crate::dispatch::LATE_MAX;
use crate::lead::LeadRecord;
use crate::routing::Snapshot;
use crate::sale::BidReply;

/// Bids as they come in; as many as were asked for.
pub(super) struct Bids(mpsc::Receiver<(ContractId, BidReply)>);

/// Asks buyers for bids on a lead, all at once.
pub(super) fn ask(
    own: &Own,
    snapshot: &Snapshot,
    lead: &LeadRecord,
    contracts: Vec<ContractId>,
    window: Duration,
) -> Bids {
    let lead = Arc::new(lead.clone());
    let (book, at) = (snapshot.book(), own.clock.now().wall);
    ask_each(own, contracts, |contract| {
        let (book, lead, timeout) = (book.clone(), lead.clone(), window + LATE_MAX);
        let pinging = Pinging { book, contract, at, timeout, lead };
        let poster = own.poster.clone();
        async move { poster.ping(pinging).await }
    })
}

/// Asks each contract's buyer for a bid, all at once. Each request is a task of its own that may
/// outlive the inquiry: a buyer who is late keeps its connection.
pub(super) fn ask_each<F: Future<Output = BidReply> + Send + 'static>(
    own: &Own,
    contracts: Vec<ContractId>,
    ask: impl Fn(ContractId) -> F,
) -> Bids {
    let (sender, bids) = mpsc::channel(contracts.len().max(1));
    for contract in contracts {
        let (reply, sender) = (ask(contract.clone()), sender.clone());
        own.spawn(async move {
            // The inquiry may have ended: then its record says that the bid was late.
            let _gone = sender.send((contract, reply.await)).await;
        });
    }
    Bids(bids)
}

/// Returns the next bid; `None` after the last. Waits without an auction.
pub(super) async fn next_bid(bids: Option<&mut Bids>) -> Option<(ContractId, BidReply)> {
    match bids {
        Some(Bids(bids)) => bids.recv().await,
        None => std::future::pending().await,
    }
}
