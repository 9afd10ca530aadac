//! The book as a whole.

use std::fmt;
use std::net::IpAddr;

use crate::base::Barred;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::DialPrefix;
use crate::base::DialingCountry;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::PostbackId;
use crate::base::SourceId;
use crate::base::TrunkId;

use super::Buyer;
use super::Contract;
use super::Destination;
use super::Dq;
use super::Entrance;
use super::Gateway;
use super::Number;
use super::Offer;
use super::Payout;
use super::Postback;
use super::Source;
use super::Target;
use super::Trunk;
use super::digest_of;

/// The route book. Its lists keep the order of the file, except numbers, which are sorted. Ids are
/// unique within a list, and every reference from one noun to another is to an entry of the same
/// book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    /// SIP connections of carriers. No address belongs to two of them.
    pub trunks: Vec<Trunk>,
    /// Originators of traffic.
    pub sources: Vec<Source>,
    /// Buyers.
    pub buyers: Vec<Buyer>,
    /// Offers.
    pub offers: Vec<Offer>,
    /// Contracts; at most one for each pair of buyer and offer.
    pub contracts: Vec<Contract>,
    /// Tracking numbers, sorted by number.
    pub numbers: Vec<Number>,
    /// Receivers of events.
    pub postbacks: Vec<Postback>,
}

impl Book {
    /// Returns the trunk that may send calls from this address. An IPv4-mapped IPv6 address
    /// (`::ffff:192.0.2.1`) counts as the IPv4 address.
    pub fn trunk_of(&self, address: IpAddr) -> Option<&Trunk> {
        let address = address.to_canonical();
        self.trunks.iter().find(|trunk| trunk.accepts(address))
    }

    /// Returns a tracking number by binary search. The list must be sorted, as the reader sorts it.
    pub fn number(&self, number: &Phone) -> Option<&Number> {
        let at = self.numbers.binary_search_by(|entry| entry.number.cmp(number)).ok()?;
        self.numbers.get(at)
    }

    /// Returns the first number of a source for an offer.
    pub fn number_of(&self, source: &SourceId, offer: &OfferId) -> Option<&Number> {
        self.numbers.iter().find(|number| number.source == *source && number.offer == *offer)
    }

    /// Returns the tracking number for the dialed number that a carrier sent, with or without `+`,
    /// whose national numbers are those of `home`: the first of its [readings](Phone::readings)
    /// that is in the book; else the one number that is dialled so within its country.
    pub fn dialled(&self, text: &str, home: Option<DialingCountry>) -> Option<&Number> {
        Phone::readings(text, home).find_map(|number| self.number(&number)).or_else(|| {
            let is_meant = |known: &&Number| known.number.is_dialled_nationally_as(text);
            let mut national = self.numbers.iter().filter(is_meant);
            national.next().filter(|_| national.next().is_none())
        })
    }

    /// Returns a trunk by id. This and the next lookups are linear; the snapshot has indexes.
    pub fn trunk(&self, id: &TrunkId) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.id == *id)
    }

    /// Returns the trunk through which a destination is dialed; `None` for a SIP address.
    pub fn trunk_to(&self, destination: &Destination) -> Option<&Trunk> {
        self.trunk(destination.to.trunk()?)
    }

    /// Returns the entrance with a key, and its source.
    pub fn entrance(&self, key: &str) -> Option<(&Source, &Entrance)> {
        let digest = digest_of(key);
        let has = |one: &&Entrance| one.key.digest() == digest;
        self.sources.iter().find_map(|source| Some((source, source.intake.iter().find(has)?)))
    }

    /// Returns the entrance of a platform's leads, and its source: by the first of these ids of form
    /// and page that one has.
    pub fn entrance_of(
        &self,
        platform: &str,
        ids: [Option<&str>; 2],
    ) -> Option<(&Source, &Entrance)> {
        let has = |entrance: &Entrance, id: &str| {
            entrance.forms.iter().any(|form| form.platform == platform && form.id == id)
        };
        ids.into_iter().flatten().find_map(|id| {
            let of = |source: &'_ Source| source.intake.iter().position(|one| has(one, id));
            let (source, at) = self.sources.iter().find_map(|one| Some((one, of(one)?)))?;
            Some((source, source.intake.get(at)?))
        })
    }

    /// Returns a source by id.
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == *id)
    }

    /// Returns a buyer by id.
    pub fn buyer(&self, id: &BuyerId) -> Option<&Buyer> {
        self.buyers.iter().find(|buyer| buyer.id == *id)
    }

    /// Returns an offer by id.
    pub fn offer(&self, id: &OfferId) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.id == *id)
    }

    /// Returns the recording that a caller hears whom an offer refuses without selling: that of its
    /// DQ destination, through the offers that it hands over to. `None` for a rejection.
    pub fn refusal_of(&self, offer: &OfferId) -> Option<&str> {
        let mut offer = self.offer(offer)?;
        // A book has no circle of offers; without the bound, one would be endless.
        for _ in 0..self.offers.len() {
            match &offer.dq {
                Dq::Recording(name) => return Some(name),
                Dq::Offer(next) => offer = self.offer(next)?,
                Dq::Reject | Dq::Buyer(_) => return None,
            }
        }
        None
    }

    /// Returns a contract by id.
    pub fn contract(&self, id: &ContractId) -> Option<&Contract> {
        self.contracts.iter().find(|contract| contract.id == *id)
    }

    /// Returns a postback by id.
    pub fn postback(&self, id: &PostbackId) -> Option<&Postback> {
        self.postbacks.iter().find(|postback| postback.id == *id)
    }

    /// Returns why a target may not be dialed; `None` if it may. A phone number is allowed by the
    /// prefixes of its trunk, a number in a SIP address by those of the trunks at its host.
    pub fn bars(&self, to: &Target) -> Option<Barred> {
        match to {
            Target::Phone { number, trunk } => {
                let allowed = self.trunk(trunk).map_or(&[][..], |trunk| &trunk.allow_prefixes);
                Barred::of(number.e164(), None, allowed)
            }
            Target::Sip { uri } => {
                let user = uri.user()?;
                let is_there = |way: &Gateway| way.uri.host().eq_ignore_ascii_case(uri.host());
                let is_at = |trunk: &&Trunk| trunk.outbound.iter().any(is_there);
                let there = || self.trunks.iter().filter(is_at);
                let home = there().find_map(|trunk| trunk.country);
                let allowed: Vec<DialPrefix> =
                    there().flat_map(|trunk| trunk.allow_prefixes.iter().cloned()).collect();
                Barred::of(user, home, &allowed)
            }
        }
    }

    /// Returns the contracts of an offer, in the order of the book.
    pub fn contracts_of<'b>(&'b self, offer: &'b OfferId) -> impl Iterator<Item = &'b Contract> {
        self.contracts.iter().filter(move |contract| contract.offer == *offer)
    }

    /// Returns the currency of all amounts; US dollars for a book without amounts.
    pub fn currency(&self) -> Currency {
        let prices = self.contracts.iter().map(|contract| contract.price);
        let payouts = self.sources.iter().flat_map(Source::all_payouts).flat_map(Payout::amounts);
        prices.chain(payouts).next().map_or(Currency::USD, Money::currency)
    }

    /// Returns the number of entries of each kind.
    pub fn summary(&self) -> Summary {
        Summary {
            trunks: self.trunks.len(),
            sources: self.sources.len(),
            buyers: self.buyers.len(),
            offers: self.offers.len(),
            contracts: self.contracts.len(),
            numbers: self.numbers.len(),
            postbacks: self.postbacks.len(),
        }
    }
}

/// Number of entries of each kind in a book. Prints as one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Trunks.
    pub trunks: usize,
    /// Sources.
    pub sources: usize,
    /// Buyers.
    pub buyers: usize,
    /// Offers.
    pub offers: usize,
    /// Contracts.
    pub contracts: usize,
    /// Tracking numbers.
    pub numbers: usize,
    /// Receivers of events.
    pub postbacks: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nouns = [
            (self.trunks, "trunk"),
            (self.sources, "source"),
            (self.buyers, "buyer"),
            (self.offers, "offer"),
            (self.contracts, "contract"),
            (self.numbers, "number"),
            (self.postbacks, "postback"),
        ];
        for (i, (count, noun)) in nouns.into_iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let plural = if count == 1 { "" } else { "s" };
            write!(f, "{comma}{count} {noun}{plural}")?;
        }
        Ok(())
    }
}
