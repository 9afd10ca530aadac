//! What the audit goes by.

use std::collections::BTreeMap;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Buyer;
use crate::book::Contract;
use crate::book::Tier;
use crate::caps::CapKey;

/// A book, and what is known of its past. Without a past, only what the book itself shows is
/// found: `book apply` reports that.
#[derive(Debug)]
pub struct Evidence<'b> {
    /// The book.
    pub book: &'b Book,
    /// When it is looked at.
    pub now: Wall,
    /// Since when each contract's list of zips is as it is.
    pub zips_since: BTreeMap<ContractId, Wall>,
    /// What was used of caps lately, by counter: one entry a period.
    pub used: Vec<(CapKey, u64)>,
    /// What prepaid buyers have left, in micros; none when it is not known.
    pub balances: Option<BTreeMap<BuyerId, i64>>,
}

/// How often a cap was full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// Periods in which anything was used.
    pub periods: usize,
    /// Those in which the cap was used up.
    pub full: usize,
}

impl<'b> Evidence<'b> {
    /// A book without a past.
    pub fn of_book(book: &'b Book, now: Wall) -> Self {
        Self { book, now, zips_since: BTreeMap::new(), used: Vec::new(), balances: None }
    }

    /// The contracts that are switched on, as are their buyers; each with its buyer.
    pub(super) fn live(&self) -> impl Iterator<Item = (&'b Contract, &'b Buyer)> {
        let buyers: BTreeMap<&BuyerId, &Buyer> =
            self.book.buyers.iter().map(|buyer| (&buyer.id, buyer)).collect();
        let on = |contract: &'b Contract| {
            let buyer = *buyers.get(&contract.buyer)?;
            (contract.enabled && buyer.enabled).then_some((contract, buyer))
        };
        self.book.contracts.iter().filter_map(on).collect::<Vec<_>>().into_iter()
    }

    /// The live contracts by offer, in the book's order of offers; without those that have none.
    pub(super) fn offers(&self) -> Vec<(&'b crate::book::Offer, Vec<(&'b Contract, &'b Buyer)>)> {
        let mut by_offer: BTreeMap<&str, Vec<(&Contract, &Buyer)>> = BTreeMap::new();
        for (contract, buyer) in self.live() {
            by_offer.entry(contract.offer.as_str()).or_default().push((contract, buyer));
        }
        let offers = self.book.offers.iter();
        offers.filter_map(|offer| Some((offer, by_offer.remove(offer.id.as_str())?))).collect()
    }
}

/// Whether a contract is a last resort: open to everything by intention.
pub(super) fn is_last_resort(contract: &Contract) -> bool {
    contract.tier == Tier::Fallback
}
