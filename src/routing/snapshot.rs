//! The book, compiled for decisions: one roster for each offer.

use std::cmp::Ordering;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::OfferId;
use crate::book::Book;
use crate::book::Buyer;
use crate::book::Contract;
use crate::book::Dq;
use crate::book::Offer;
use crate::book::RepeatThen;
use crate::book::Ring;
use crate::book::Strategy;
use crate::book::Tier;

use super::Terms;
use super::circles::Circles;
use super::index::Index;
use super::terms::Switch;

/// A compiled version of the book. Immutable; a call keeps the one it began with.
#[derive(Debug)]
pub struct Snapshot {
    book: Arc<Book>,
    version: u64,
    places: HashMap<OfferId, usize>,
    rosters: Vec<Arc<Roster>>,
    circles: Circles,
}

impl Snapshot {
    /// Compiles a version of the book.
    pub fn compile(book: Arc<Book>, version: u64) -> Self {
        Self::build(book, version, None)
    }

    /// Compiles the next version of the book. Reuses the rosters of unchanged offers.
    #[must_use]
    pub fn next(&self, book: Arc<Book>, version: u64) -> Self {
        Self::build(book, version, Some(self))
    }

    fn build(book: Arc<Book>, version: u64, earlier: Option<&Self>) -> Self {
        let sources = Sources::of(&book);
        let before = earlier.map(|earlier| (earlier, Sources::of(&earlier.book)));
        let mut circles = Circles::after(earlier.map(|earlier| &earlier.circles), &book);
        let rosters = book.offers.iter().map(|offer| {
            let same = before.as_ref().and_then(|(earlier, before)| {
                let roster = earlier.roster(&offer.id)?;
                (before.of_offer(&offer.id) == sources.of_offer(&offer.id)).then(|| roster.clone())
            });
            same.unwrap_or_else(|| {
                let own = sources.contracts.get(&offer.id).map_or(&[][..], Vec::as_slice);
                Arc::new(Roster::compile(offer, own, &sources.buyers, &book, &mut circles))
            })
        });
        let rosters: Vec<Arc<Roster>> = rosters.collect();
        let places = book.offers.iter().map(|offer| offer.id.clone()).zip(0..).collect();
        Self { book, version, places, rosters, circles }
    }

    /// Returns the book that it was compiled from.
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// Returns the book's version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns an offer's contracts; `None` when the book has no such offer.
    pub fn roster(&self, offer: &OfferId) -> Option<&Arc<Roster>> {
        self.rosters.get(self.place(offer)?)
    }

    /// Returns every roster, in the order of the book's offers.
    pub fn rosters(&self) -> &[Arc<Roster>] {
        &self.rosters
    }

    /// Returns the contracts of the offers that learn from earnings.
    pub fn learning(&self) -> Vec<ContractId> {
        let learning = self.rosters.iter().filter(|roster| roster.learns());
        learning.flat_map(|roster| roster.parties()).map(|(own, _)| own.clone()).collect()
    }

    /// Returns an offer's place among the rosters.
    pub fn place(&self, offer: &OfferId) -> Option<usize> {
        self.places.get(offer).copied()
    }
}

/// The parts of a book that rosters are compiled from, by id.
struct Sources<'b> {
    buyers: HashMap<&'b BuyerId, &'b Buyer>,
    offers: HashMap<&'b OfferId, &'b Offer>,
    contracts: HashMap<&'b OfferId, Vec<&'b Contract>>,
    /// Contracts by buyer, for catch-all buyers.
    theirs: HashMap<&'b BuyerId, Vec<&'b Contract>>,
}

/// All parts that one roster is compiled from: equal parts make equal rosters.
#[derive(PartialEq)]
struct Parts<'b> {
    offer: Option<&'b Offer>,
    contracts: Vec<(&'b Contract, Option<&'b Buyer>)>,
    /// Offers of a catch-all buyer's contracts.
    elsewhere: Vec<Option<&'b Offer>>,
}

impl<'b> Sources<'b> {
    fn of(book: &'b Book) -> Self {
        let mut sources = Self {
            buyers: book.buyers.iter().map(|buyer| (&buyer.id, buyer)).collect(),
            offers: book.offers.iter().map(|offer| (&offer.id, offer)).collect(),
            contracts: HashMap::new(),
            theirs: HashMap::new(),
        };
        for contract in &book.contracts {
            sources.contracts.entry(&contract.offer).or_default().push(contract);
            sources.theirs.entry(&contract.buyer).or_default().push(contract);
        }
        sources
    }

    fn of_offer(&self, offer: &OfferId) -> Parts<'b> {
        let found = self.offers.get(offer).copied();
        let own = self.contracts.get(offer).into_iter().flatten();
        let resort = found.and_then(|offer| match &offer.dq {
            Dq::Buyer(buyer) => self.theirs.get(buyer),
            Dq::Reject | Dq::Offer(_) | Dq::Recording(_) => None,
        });
        let resort = resort.into_iter().flatten();
        let with_buyer =
            |contract: &&'b Contract| (*contract, self.buyers.get(&contract.buyer).copied());
        Parts {
            offer: found,
            contracts: own.chain(resort.clone()).map(with_buyer).collect(),
            elsewhere: resort.map(|other| self.offers.get(&other.offer).copied()).collect(),
        }
    }
}

/// Meaning of an offer's `dq`, resolved against the book.
#[derive(Debug)]
pub(super) enum LastResort {
    Reject,
    Offer(OfferId),
    Buyer(Arc<Terms>),
    Recording(Arc<str>),
}

/// One offer's contracts in rank order, and their distribution.
#[derive(Debug)]
pub struct Roster {
    offer: OfferId,
    pub(super) strategy: Strategy,
    pub(super) ring: Ring,
    pub(super) ring_timeout: Duration,
    pub(super) last_resort: LastResort,
    pub(super) share: u8,
    notes_repeats: bool,
    pub(super) contracts: Vec<Arc<Terms>>,
    /// Places of each tier's contracts, in tier order.
    pub(super) tiers: [Range<usize>; 4],
    pub(super) zones: Vec<TimeZone>,
    pub(super) index: Index,
}

impl Roster {
    fn compile(
        offer: &Offer,
        own: &[&Contract],
        buyers: &HashMap<&BuyerId, &Buyer>,
        book: &Book,
        circles: &mut Circles,
    ) -> Self {
        let mut zones = Vec::new();
        let mut compile = |contract: &Contract, offer: &Offer| {
            let buyer = buyers.get(&contract.buyer)?;
            let zone_of = |zone: &TimeZone| place(&mut zones, zone);
            let target = contract.destination.as_ref().map(|destination| &destination.to);
            let barred = target.and_then(|to| book.bars(to));
            Some(Arc::new(Terms::compile(contract, buyer, offer, barred, circles, zone_of)))
        };
        let mut contracts: Vec<Arc<Terms>> =
            own.iter().filter_map(|contract| compile(contract, offer)).collect();
        contracts.sort_by(|a, b| rank(offer.strategy, a, b));
        let last_resort = match &offer.dq {
            Dq::Reject => LastResort::Reject,
            Dq::Offer(next) => LastResort::Offer(next.clone()),
            Dq::Recording(name) => LastResort::Recording(Arc::from(name.as_str())),
            Dq::Buyer(buyer) => {
                let found = catch_all(buyer, offer, book);
                let terms = found.and_then(|(contract, offer)| compile(contract, offer));
                let usable = terms.filter(|terms| terms.switch == Switch::On);
                usable.map_or(LastResort::Reject, LastResort::Buyer)
            }
        };
        Self {
            offer: offer.id.clone(),
            strategy: offer.strategy,
            ring: offer.ring,
            ring_timeout: offer.ring_timeout,
            index: Index::build(&contracts),
            tiers: tiers(&contracts),
            share: offer.share,
            notes_repeats: notes_repeats(&contracts, &last_resort),
            last_resort,
            contracts,
            zones,
        }
    }

    /// Returns the offer.
    pub fn offer(&self) -> &OfferId {
        &self.offer
    }

    /// Returns whether its strategy keeps a [`Sequence`](super::Sequence).
    pub fn takes_turns(&self) -> bool {
        match self.strategy {
            Strategy::Weighted | Strategy::RoundRobin => true,
            Strategy::Priority
            | Strategy::HighestPrice
            | Strategy::Performance
            | Strategy::Auction => false,
        }
    }

    /// Returns whether its strategy uses the earnings of recent calls.
    pub fn learns(&self) -> bool {
        self.strategy == Strategy::Performance
    }

    /// Returns whether a rule on duplicates does something else than to refuse.
    pub(super) fn notes_repeats(&self) -> bool {
        self.notes_repeats
    }

    /// Returns how many buyers a form lead is sold to: 1 is exclusive.
    pub fn share(&self) -> u8 {
        self.share
    }

    /// Returns the terms at a place in rank order.
    pub(super) fn at(&self, slot: u32) -> Option<&Arc<Terms>> {
        self.contracts.get(usize::try_from(slot).ok()?)
    }

    /// Returns every contract and its buyer, in rank order.
    pub fn parties(&self) -> impl Iterator<Item = (&ContractId, &BuyerId)> {
        self.contracts.iter().map(|terms| (&terms.contract, &terms.buyer))
    }

    /// Returns the number of contracts.
    pub fn len(&self) -> usize {
        self.contracts.len()
    }

    /// Returns whether the offer has no contract.
    pub fn is_empty(&self) -> bool {
        self.contracts.is_empty()
    }
}

/// Returns whether a contract, or the catch-all buyer's, has a rule on duplicates that does something
/// else than to refuse.
fn notes_repeats(contracts: &[Arc<Terms>], last_resort: &LastResort) -> bool {
    let resort = match last_resort {
        LastResort::Buyer(terms) => Some(terms),
        LastResort::Reject | LastResort::Offer(_) | LastResort::Recording(_) => None,
    };
    let others = [RepeatThen::NotBilled, RepeatThen::SameBuyer];
    let notes = |terms: &Arc<Terms>| others.iter().any(|then| terms.repeats(*then));
    contracts.iter().chain(resort).any(notes)
}

/// Returns the places of each tier's contracts, which are sorted by tier.
fn tiers(contracts: &[Arc<Terms>]) -> [Range<usize>; 4] {
    let start = |tier: Tier| contracts.partition_point(|terms| terms.tier < tier);
    let [primary, secondary, overflow, fallback] =
        [Tier::Primary, Tier::Secondary, Tier::Overflow, Tier::Fallback].map(start);
    [primary..secondary, secondary..overflow, overflow..fallback, fallback..contracts.len()]
}

/// Returns a zone's place in the list, and adds a new zone.
fn place(zones: &mut Vec<TimeZone>, zone: &TimeZone) -> usize {
    if let Some(place) = zones.iter().position(|known| known == zone) {
        return place;
    }
    zones.push(zone.clone());
    zones.len() - 1
}

/// Returns the contract by which a catch-all buyer takes the inquiry: the buyer's contract on this
/// offer, else the buyer's first contract in the book that is switched on and has a destination.
fn catch_all<'b>(
    buyer: &BuyerId,
    offer: &'b Offer,
    book: &'b Book,
) -> Option<(&'b Contract, &'b Offer)> {
    let theirs = |contract: &&Contract| {
        contract.buyer == *buyer && contract.enabled && contract.destination.is_some()
    };
    let here = book.contracts_of(&offer.id).find(theirs);
    let contract = here.or_else(|| book.contracts.iter().find(theirs))?;
    Some((contract, book.offer(&contract.offer)?))
}

/// Compares two contracts in rank order, the default order of a strategy. Amounts of different
/// currencies compare by number.
fn rank(strategy: Strategy, a: &Terms, b: &Terms) -> Ordering {
    let price = |terms: &Terms| Reverse(terms.price.micros());
    let own = match strategy {
        Strategy::HighestPrice | Strategy::Performance | Strategy::Auction => {
            (price(a), a.priority).cmp(&(price(b), b.priority))
        }
        Strategy::Priority | Strategy::Weighted | Strategy::RoundRobin => {
            (a.priority, price(a)).cmp(&(b.priority, price(b)))
        }
    };
    a.tier.cmp(&b.tier).then(own).then_with(|| a.contract.cmp(&b.contract))
}
