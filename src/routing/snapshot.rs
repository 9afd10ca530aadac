//! The book, compiled for deciding: one roster for each offer.

use std::cmp::Ordering;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::base::BuyerId;
use crate::base::OfferId;
use crate::book::Book;
use crate::book::Buyer;
use crate::book::Contract;
use crate::book::Dq;
use crate::book::Offer;
use crate::book::Ring;
use crate::book::Strategy;

use super::Terms;
use super::index::Index;
use super::terms::Switch;

/// A version of the book, ready to decide by. Immutable; a call keeps the one it began with.
#[derive(Debug)]
pub struct Snapshot {
    book: Arc<Book>,
    version: u64,
    rosters: HashMap<OfferId, Arc<Roster>>,
}

impl Snapshot {
    /// Compiles a version of the book.
    pub fn compile(book: Arc<Book>, version: u64) -> Self {
        let buyers: HashMap<&BuyerId, &Buyer> = book.buyers.iter().map(|b| (&b.id, b)).collect();
        let mut contracts: HashMap<&OfferId, Vec<&Contract>> = HashMap::new();
        for contract in &book.contracts {
            contracts.entry(&contract.offer).or_default().push(contract);
        }
        let rosters = book.offers.iter().map(|offer| {
            let own = contracts.remove(&offer.id).unwrap_or_default();
            let roster = Roster::compile(offer, &own, &buyers, &book);
            (offer.id.clone(), Arc::new(roster))
        });
        let rosters = rosters.collect();
        Self { book, version, rosters }
    }

    /// The book that it was compiled from.
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// The book's version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// An offer's contracts; none when the book has no such offer.
    pub fn roster(&self, offer: &OfferId) -> Option<&Arc<Roster>> {
        self.rosters.get(offer)
    }
}

/// What `dq` means for an offer, resolved against the book.
#[derive(Debug)]
pub(super) enum LastResort {
    Reject,
    Offer(OfferId),
    Buyer(Arc<Terms>),
    Recording(Arc<str>),
}

/// One offer's contracts in rank order, and how they are distributed.
#[derive(Debug)]
pub struct Roster {
    pub(super) strategy: Strategy,
    pub(super) ring: Ring,
    pub(super) ring_timeout: Duration,
    pub(super) last_resort: LastResort,
    pub(super) contracts: Vec<Arc<Terms>>,
    pub(super) zones: Vec<TimeZone>,
    pub(super) index: Index,
    needs_plain: bool,
}

impl Roster {
    fn compile(
        offer: &Offer,
        own: &[&Contract],
        buyers: &HashMap<&BuyerId, &Buyer>,
        book: &Book,
    ) -> Self {
        let mut zones = Vec::new();
        let mut compile = |contract: &Contract, offer: &Offer| {
            let buyer = buyers.get(&contract.buyer)?;
            let zone_of = |zone: &TimeZone| place(&mut zones, zone);
            Some(Arc::new(Terms::compile(contract, buyer, offer, zone_of)))
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
            strategy: offer.strategy,
            ring: offer.ring,
            ring_timeout: offer.ring_timeout,
            last_resort,
            index: Index::build(&contracts),
            needs_plain: contracts.iter().any(|terms| terms.needs_plain()),
            contracts,
            zones,
        }
    }

    /// Whether its strategy keeps a [`Sequence`](super::Sequence).
    pub fn takes_turns(&self) -> bool {
        match self.strategy {
            Strategy::Weighted | Strategy::RoundRobin => true,
            Strategy::Priority | Strategy::HighestPrice => false,
        }
    }

    /// Whether some contract has a filter that the index has no row for, so that only the plain
    /// evaluator answers for this offer.
    pub fn needs_plain(&self) -> bool {
        self.needs_plain
    }

    /// How many contracts the offer has.
    pub fn len(&self) -> usize {
        self.contracts.len()
    }

    /// Whether the offer has no contract.
    pub fn is_empty(&self) -> bool {
        self.contracts.is_empty()
    }
}

/// A zone's place in the list, to which it is added when it is new.
fn place(zones: &mut Vec<TimeZone>, zone: &TimeZone) -> usize {
    if let Some(place) = zones.iter().position(|known| known == zone) {
        return place;
    }
    zones.push(zone.clone());
    zones.len() - 1
}

/// The contract by which a catch-all buyer takes what nobody else may: theirs on this offer, else
/// the first of theirs in the book; switched on, and with a destination.
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

/// The order in which contracts are tried when their strategy does not say otherwise. Amounts of
/// different currencies compare by number.
fn rank(strategy: Strategy, a: &Terms, b: &Terms) -> Ordering {
    let price = |terms: &Terms| Reverse(terms.price.micros());
    let own = match strategy {
        Strategy::HighestPrice => (price(a), a.priority).cmp(&(price(b), b.priority)),
        Strategy::Priority | Strategy::Weighted | Strategy::RoundRobin => {
            (a.priority, price(a)).cmp(&(b.priority, price(b)))
        }
    };
    a.tier.cmp(&b.tier).then(own).then_with(|| a.contract.cmp(&b.contract))
}
