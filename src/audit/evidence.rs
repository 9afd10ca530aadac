//! The data that the audit examines.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::FlowName;
use crate::base::ListName;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Buyer;
use crate::book::Contract;
use crate::book::Tier;
use crate::caps::CapKey;
use crate::flow::Flow;
use crate::suppression::Applies;

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
    /// What each contract was tried with lately, by the band of the score: band 5 has the scores
    /// from 50 to below 60, band 10 that of 100.
    pub scores: BTreeMap<ContractId, BTreeMap<u8, Tried>>,
    /// The suppression lists.
    pub lists: Vec<ScopedList>,
    /// How long a source waits for the result of its lead or ping; `None` when unknown.
    pub answer_within: Option<Duration>,
}

/// Inquiries that a contract was tried with: leads that its buyer accepted or rejected, and calls
/// that it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tried {
    /// All of them.
    pub tried: u64,
    /// Leads that were accepted, and calls that were billable.
    pub taken: u64,
}

impl AddAssign for Tried {
    fn add_assign(&mut self, other: Self) {
        self.tried += other.tried;
        self.taken += other.taken;
    }
}

/// A suppression list, and what it applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedList {
    /// Its name.
    pub name: ListName,
    /// What it applies to.
    pub applies_to: Applies,
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
            scores: BTreeMap::new(),
            lists: Vec::new(),
            answer_within: None,
        }
    }

    /// Returns the evidence with the time that a source waits for the result of its lead or ping.
    #[must_use]
    pub fn with_answer_within(self, answer_within: Duration) -> Self {
        Self { answer_within: Some(answer_within), ..self }
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
