//! The data that the audit examines.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::FlowName;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Buyer;
use crate::book::Contract;
use crate::book::Tier;
use crate::caps::CapKey;
use crate::flow::Flow;

/// A book and its history. Without a history, the audit finds only what the book itself shows, as
/// `book apply` does.
#[derive(Debug)]
pub struct Evidence<'b> {
    /// The book.
    pub book: &'b Book,
    /// Time of the audit.
    pub now: Wall,
    /// Time of the last change of each contract's list of zips.
    pub zips_since: BTreeMap<ContractId, Wall>,
    /// Recent usage of caps by counter: one entry per period.
    pub used: Vec<(CapKey, u64)>,
    /// Balances of prepaid buyers, in micros; `None` when unknown.
    pub balances: Option<BTreeMap<BuyerId, i64>>,
    /// Flows by name. Without the flow of a number, what its callers are asked is unknown.
    pub flows: BTreeMap<FlowName, Arc<Flow>>,
}

/// Number of periods in which a cap was full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// Periods with any usage.
    pub periods: usize,
    /// Periods in which the cap was full.
    pub full: usize,
}

impl<'b> Evidence<'b> {
    /// Creates evidence of a book without history.
    pub fn of_book(book: &'b Book, now: Wall) -> Self {
        Self {
            book,
            now,
            zips_since: BTreeMap::new(),
            used: Vec::new(),
            balances: None,
            flows: BTreeMap::new(),
        }
    }

    /// Returns the evidence with the flows that callers go through.
    #[must_use]
    pub fn with_flows<'f>(self, flows: impl IntoIterator<Item = &'f Arc<Flow>>) -> Self {
        let flows = flows.into_iter().map(|flow| (flow.name.clone(), flow.clone())).collect();
        Self { flows, ..self }
    }

    /// Returns the contracts that are switched on and whose buyers are too, each with its buyer.
    pub(super) fn live(&self) -> impl Iterator<Item = (&'b Contract, &'b Buyer)> {
        let buyers: BTreeMap<&BuyerId, &Buyer> =
            self.book.buyers.iter().map(|buyer| (&buyer.id, buyer)).collect();
        let on = |contract: &'b Contract| {
            let buyer = *buyers.get(&contract.buyer)?;
            (contract.enabled && buyer.enabled).then_some((contract, buyer))
        };
        self.book.contracts.iter().filter_map(on).collect::<Vec<_>>().into_iter()
    }

    /// Returns the live contracts by offer, in the book's order of offers, without offers that have
    /// none.
    pub(super) fn offers(&self) -> Vec<(&'b crate::book::Offer, Vec<(&'b Contract, &'b Buyer)>)> {
        let mut by_offer: BTreeMap<&str, Vec<(&Contract, &Buyer)>> = BTreeMap::new();
        for (contract, buyer) in self.live() {
            by_offer.entry(contract.offer.as_str()).or_default().push((contract, buyer));
        }
        let offers = self.book.offers.iter();
        offers.filter_map(|offer| Some((offer, by_offer.remove(offer.id.as_str())?))).collect()
    }
}

/// Returns whether a contract is a last resort that takes everything by intention.
pub(super) fn is_last_resort(contract: &Contract) -> bool {
    contract.tier == Tier::Fallback
}
