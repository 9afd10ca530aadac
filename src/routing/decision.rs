//! The decision: immutable and complete, so that acting on it needs no further choice.
//!
//! It keeps its findings as bits of a roster, and builds picks and reasons when they are read.
//! Making a decision therefore copies nothing, and most of it is never built.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap as _;
use smallvec::SmallVec;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::Fields;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::Skip;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Channel;
use crate::book::Destination;
use crate::book::Outside;
use crate::book::Ring;
use crate::book::SaleRules;
use crate::book::Schedule;
use crate::book::Tier;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Mark;
use crate::caps::Noted;

use super::BidTerms;
use super::Bids;
use super::Detail;
use super::Known;
use super::Roster;
use super::Terms;
use super::Verdict;
use super::bids::BidSkip;
use super::index::Sweep;
use super::order_inputs::OrderInputs;
use super::repeats::Repeats;
use super::snapshot::LastResort;

/// Number of ordered contracts that are stored inline.
const LINE: usize = 32;

/// The contracts that an inquiry may go to, in order, and the reasons against the others.
///
/// Serialises to the decision's JSON: `{"id", "offer", "book_version", "ring", "picks",
/// "passed_over", "fields", "at", "seed"}`, `ring_width` for a simultaneous ring, and `opens_at`
/// and `parked_until` if they have a value.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Id, derived from the seed.
    pub id: DecisionId,
    /// Requested offer.
    pub offer: OfferId,
    /// Version of the book.
    pub book_version: u64,
    /// Number of contracts that ring at once.
    pub ring: Ring,
    /// Time that one wave may ring.
    pub ring_timeout: Duration,
    /// Time of the decision.
    pub at: Wall,
    /// Seed of every random choice.
    pub seed: u64,
    pub(super) now: Now,
    pub(super) known: Arc<Known>,
    pub(super) roster: Option<Arc<Roster>>,
    pub(super) found: Sweep,
    /// Order of the picks; empty when it is rank order.
    pub(super) line: SmallVec<[u32; LINE]>,
    /// The tier that keeps overflow out.
    pub(super) capacity: Option<Tier>,
    /// Inputs that the order was computed from.
    pub(super) heard: OrderInputs,
    pub(super) bids_out: Vec<(u32, BidSkip)>,
    pub(super) bid_prices: Vec<(u32, Money)>,
    /// Bids, if it is an auction that received any.
    pub(super) bids: Option<Box<Bids>>,
    /// Earlier sales of the person that change the picks.
    pub(super) repeats: Repeats,
}

/// A contract that may take the call, and everything needed to try it.
#[derive(Debug, Clone)]
pub struct Pick {
    /// The contract.
    pub contract: ContractId,
    /// Buyer who pays.
    pub buyer: BuyerId,
    /// Tier of the contract.
    pub tier: Tier,
    /// Wave number, from 1: picks of one wave ring together. A sequential ring has waves of one.
    pub wave: u32,
    /// Amount that the buyer owes for a billable call.
    pub price: Money,
    /// Connected time from which the call is billable.
    pub buffer: Duration,
    /// What makes the sale billable, and whether it may be returned.
    pub rules: Arc<SaleRules>,
    /// Destination of the call; `None` for a contract that takes form leads only.
    pub destination: Option<Arc<Destination>>,
    /// Caps that a hold takes a unit of: contract, buyer, offer.
    pub caps: Arc<[Ceiling]>,
    /// The buyer's zone.
    pub zone: TimeZone,
    /// Marks that record the sale, so that the same person is not sold twice.
    pub marks: SmallVec<[Mark; 2]>,
    /// Other marks that record it.
    pub noted: Noted,
    /// When this contract had the person before, if it comes first for that.
    pub had_at: Option<Wall>,
    /// Decision that this pick belongs to.
    pub decision: DecisionId,
    /// The contract's place in its offer's roster; `None` for a catch-all buyer.
    pub seat: Option<Seat>,
}

/// A contract's place in a roster.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The roster.
    pub roster: Arc<Roster>,
    /// Place in rank order.
    pub slot: u32,
}

/// A contract that may not take the call.
#[derive(Debug, Clone, Serialize)]
pub struct PassedOver {
    /// The contract.
    pub contract: ContractId,
    /// First reason found.
    pub reason: Skip,
    /// The reason in words, with the values that differ. The text is built when it is printed.
    pub detail: Detail,
}

/// Handling of an inquiry that no buyer takes: the offer's `dq`, resolved.
#[derive(Debug, Clone)]
pub enum Disqualified {
    /// Reject the inquiry.
    Reject,
    /// Decide again for this offer, [`DQ_HOPS_MAX`](super::DQ_HOPS_MAX) times at most.
    Offer(OfferId),
    /// Send the inquiry to the catch-all buyer, whatever the filters and hours of the contract are:
    /// the buyer's contract on this offer, else the buyer's first contract in the book that is
    /// switched on and has a destination. Its caps apply, and its price is owed. Without such a
    /// contract the book's `dq` buyer counts as [`Disqualified::Reject`].
    Buyer(Box<Pick>),
    /// Play this recording to the caller.
    Recording(Arc<str>),
}

impl Decision {
    /// Returns a decision without picks, before any contract is evaluated.
    pub fn without_picks(offer: OfferId, known: Arc<Known>, now: Now, seed: u64) -> Self {
        Self {
            id: DecisionId::of_seed(now, seed),
            offer,
            book_version: 0,
            ring: Ring::Sequential,
            ring_timeout: Duration::ZERO,
            at: now.wall,
            seed,
            now,
            known,
            roster: None,
            found: Sweep::default(),
            line: SmallVec::new(),
            capacity: None,
            heard: OrderInputs::default(),
            bids_out: Vec::new(),
            bid_prices: Vec::new(),
            bids: None,
            repeats: Repeats::default(),
        }
    }

    /// Replaces the inquiry, for [`decide_again`](super::decide_again) to decide on.
    pub fn ask(&mut self, offer: OfferId, known: Arc<Known>) {
        (self.offer, self.known) = (offer, known);
    }

    /// Returns every eligible contract, in the order in which they are tried.
    pub fn picks(&self) -> impl Iterator<Item = Pick> {
        let roster = self.roster.as_ref();
        self.in_waves().filter_map(move |(slot, wave)| {
            let roster = roster?;
            Some(self.picked(roster, roster.contracts.get(slot)?, slot, wave))
        })
    }

    /// Returns the first pick.
    pub fn first(&self) -> Option<Pick> {
        self.picks().next()
    }

    /// Returns whether there is a pick.
    pub fn is_takeable(&self) -> bool {
        self.in_order().next().is_some()
    }

    /// Returns the picks of a wave, counted from 1.
    pub fn wave(&self, wave: u32) -> impl Iterator<Item = Pick> {
        self.picks().filter(move |pick| pick.wave == wave)
    }

    /// Returns every other contract of the offer, once, in rank order.
    pub fn passed_over(&self) -> impl Iterator<Item = PassedOver> {
        let contracts = self.roster.iter().flat_map(|roster| roster.contracts.iter().enumerate());
        contracts.filter_map(|(slot, terms)| self.passed(slot, terms))
    }

    /// Returns every contract's reason code, in rank order; `None` for picks.
    pub fn reasons(&self) -> impl Iterator<Item = Option<Skip>> {
        let found = self.found.skips().enumerate();
        found.map(|(slot, skip)| skip.or_else(|| self.not_found(slot)))
    }

    /// Returns the given fields and those derived from them.
    pub fn fields(&self) -> Fields {
        self.known.fields.all()
    }

    /// Returns the channel of the inquiry.
    pub fn channel(&self) -> Channel {
        self.known.channel
    }

    /// Returns the source that sent the inquiry.
    pub fn source(&self) -> Option<&SourceId> {
        self.known.source.as_ref()
    }

    /// Returns the caller's number; `None` when the caller hides it.
    pub fn caller(&self) -> Option<&Phone> {
        self.known.fields.derived.phone.as_ref()
    }

    /// Returns when the first contract opens that only its hours exclude, or `None` if there is a
    /// pick now.
    pub fn opens_at(&self) -> Option<Wall> {
        self.first_opening(|_| true)
    }

    /// Returns when a parked form lead without a pick is decided again: when the first contract
    /// opens whose schedule has `outside = "park"`. Calls are never parked.
    pub fn parked_until(&self) -> Option<Wall> {
        match self.known.channel {
            Channel::Call => None,
            Channel::Form => self.first_opening(|schedule| schedule.outside == Outside::Park),
        }
    }

    fn first_opening(&self, counts: impl Fn(&Schedule) -> bool) -> Option<Wall> {
        let roster = self.roster.as_ref().filter(|_| !self.is_takeable())?;
        let opening = |(slot, terms): (usize, &Arc<Terms>)| match self.found.verdict(slot) {
            Verdict::Hours | Verdict::Holiday => {
                let schedule = terms.schedule.as_ref().filter(|schedule| counts(schedule))?;
                schedule.opens_after(terms.buyer_zone(), self.at)
            }
            Verdict::Eligible
            | Verdict::Off
            | Verdict::Channel
            | Verdict::State
            | Verdict::Zip
            | Verdict::AreaCode
            | Verdict::City
            | Verdict::County
            | Verdict::Country
            | Verdict::Radius
            | Verdict::Dma
            | Verdict::Source
            | Verdict::Field
            | Verdict::Required
            | Verdict::Duplicate(_)
            | Verdict::Score
            | Verdict::Attestation
            | Verdict::Cap(_) => None,
        };
        roster.contracts.iter().enumerate().filter_map(opening).min()
    }

    /// Returns how many picks the inquiry is sold to: 1 for a call, the number of sharing buyers
    /// for a form lead.
    pub fn share(&self) -> u8 {
        match self.known.channel {
            Channel::Call => 1,
            Channel::Form => self.roster.as_ref().map_or(1, |roster| roster.share),
        }
    }

    /// Returns what happens if no buyer takes the inquiry.
    pub fn dq(&self) -> Disqualified {
        match self.roster.as_ref().map(|roster| &roster.last_resort) {
            None | Some(LastResort::Reject) => Disqualified::Reject,
            Some(LastResort::Offer(offer)) => Disqualified::Offer(offer.clone()),
            Some(LastResort::Recording(name)) => Disqualified::Recording(name.clone()),
            Some(LastResort::Buyer(terms)) => {
                let mut pick = picked(terms, 1, &self.known, None, self.id);
                if let Some(at) = self.repeats.resort {
                    pick.bill_nothing(at);
                }
                Disqualified::Buyer(Box::new(pick))
            }
        }
    }

    /// Returns the roster that was evaluated; `None` when the book has no such offer.
    pub(super) fn roster(&self) -> Option<&Arc<Roster>> {
        self.roster.as_ref()
    }

    /// Returns the ordered contracts of the first tier, and how many of them were first. A contract
    /// that comes first because it had the person takes no turn.
    pub(super) fn in_line(&self) -> (&[u32], usize) {
        let Some(roster) = self.roster.as_ref().filter(|_| self.repeats.same.is_none()) else {
            return (&[], 0);
        };
        let index = |slot: &u32| usize::try_from(*slot).unwrap_or(usize::MAX);
        let first = self.line.first().map_or(0, index);
        let end = roster.tiers.iter().find(|tier| tier.contains(&first)).map_or(0, |t| t.end);
        let pool = self.line.partition_point(|slot| index(slot) < end);
        let pool = self.line.get(..pool).unwrap_or_default();
        (pool, self.width().min(pool.len()))
    }

    fn width(&self) -> usize {
        match self.ring {
            Ring::Sequential => 1,
            Ring::Simultaneous { width } => usize::from(width).max(1),
        }
    }

    pub(super) fn is_outbid(&self, slot: usize) -> bool {
        self.outbid(slot).is_some()
    }

    fn outbid(&self, slot: usize) -> Option<BidSkip> {
        let place = u32::try_from(slot).ok()?;
        let at = self.bids_out.binary_search_by_key(&place, |(slot, _)| *slot).ok()?;
        self.bids_out.get(at).map(|(_, skip)| *skip)
    }

    /// Returns whether overflow is kept out and this is an overflow contract.
    fn is_held_back(&self, slot: usize) -> bool {
        let overflow = |roster: &Arc<Roster>| {
            let [_, _, overflow, _] = &roster.tiers;
            overflow.contains(&slot)
        };
        self.capacity.is_some() && self.roster.as_ref().is_some_and(overflow)
    }

    /// Returns the picks' places in rank order.
    pub(super) fn ranked(&self) -> impl Iterator<Item = usize> {
        let eligible = self.found.eligible();
        eligible.filter(|slot| !self.is_held_back(*slot) && !self.is_outbid(*slot))
    }

    /// Returns the picks' places in the order in which they are tried.
    fn in_order(&self) -> impl Iterator<Item = usize> {
        let line = self.line.iter().filter_map(|slot| usize::try_from(*slot).ok());
        let ranked = self.line.is_empty().then(|| self.ranked());
        let first = self.repeats.first();
        let others = line.chain(ranked.into_iter().flatten());
        first.into_iter().chain(others.filter(move |slot| Some(*slot) != first))
    }

    /// Returns the picks' places with their waves. A wave never spans two tiers, and a contract that
    /// comes first because it had the person is alone in its wave.
    fn in_waves(&self) -> impl Iterator<Item = (usize, u32)> {
        let (width, mut wave, mut rung, mut tier) = (self.width(), 0, 0, None);
        let mut alone = self.repeats.first();
        self.in_order().map(move |slot| {
            let own = self.roster.as_ref().and_then(|r| r.contracts.get(slot)).map(|t| t.tier);
            if wave == 0 || rung == width || own != tier {
                (wave, rung, tier) = (wave + 1, 0, own);
            }
            rung = if alone.take() == Some(slot) { width } else { rung + 1 };
            (slot, wave)
        })
    }

    fn picked(&self, roster: &Arc<Roster>, terms: &Terms, slot: usize, wave: u32) -> Pick {
        let place = u32::try_from(slot).unwrap_or(u32::MAX);
        let seat = Seat { roster: roster.clone(), slot: place };
        let mut pick = picked(terms, wave, &self.known, Some(seat), self.id);
        pick.had_at = self.repeats.had(place);
        let bid = self.bid_prices.binary_search_by_key(&place, |(slot, _)| *slot).ok();
        if let Some((_, price)) = bid.and_then(|bid| self.bid_prices.get(bid))
            && *price != pick.price
        {
            pick.price = *price;
            let priced = |ceiling: &Ceiling| ceiling.clone().priced(price.micros());
            pick.caps = terms.ceilings.iter().map(priced).collect();
        }
        if let Some(bids) = &self.bids {
            pick.bid_on(bids.terms(&terms.contract));
        }
        if let Some(at) = self.repeats.unbilled(place) {
            pick.bill_nothing(at);
        }
        pick
    }

    fn passed(&self, slot: usize, terms: &Arc<Terms>) -> Option<PassedOver> {
        let verdict = self.found.verdict(slot);
        let detail = match (&verdict, self.outbid(slot), self.capacity) {
            (Verdict::Eligible, Some(bid), _) => Detail::bid(bid),
            (Verdict::Eligible, None, Some(earlier)) if self.is_held_back(slot) => {
                Detail::not_in_tier(earlier)
            }
            (Verdict::Eligible, None, _) => return None,
            (_, _, _) => Detail::verdict(terms, &self.known, self.now, verdict),
        };
        let reason = self.reason(slot)?;
        Some(PassedOver { contract: terms.contract.clone(), reason, detail })
    }

    fn reason(&self, slot: usize) -> Option<Skip> {
        self.found.skip(slot).or_else(|| self.not_found(slot))
    }

    /// Returns why an eligible contract is not a pick.
    fn not_found(&self, slot: usize) -> Option<Skip> {
        let tier = || self.is_held_back(slot).then_some(Skip::NotInTier);
        self.outbid(slot).map(BidSkip::skip).or_else(tier)
    }
}

pub(super) fn picked(
    terms: &Terms,
    wave: u32,
    known: &Known,
    seat: Option<Seat>,
    decision: DecisionId,
) -> Pick {
    Pick {
        contract: terms.contract.clone(),
        buyer: terms.buyer.clone(),
        tier: terms.tier,
        wave,
        price: terms.price,
        buffer: terms.buffer,
        rules: terms.rules.clone(),
        destination: terms.destination.clone(),
        caps: terms.ceilings.clone(),
        zone: terms.buyer_zone().clone(),
        marks: terms.claimed(known),
        noted: terms.noted(known),
        had_at: None,
        decision,
        seat,
    }
}

impl Pick {
    /// Replaces terms by those of the contract's bid.
    pub fn bid_on(&mut self, terms: &BidTerms) {
        if let Some(buffer) = terms.buffer {
            self.buffer = buffer;
        }
        if let (Some(to), Some(own)) = (&terms.to, &self.destination) {
            self.destination = Some(Arc::new(Destination { to: to.clone(), ..(**own).clone() }));
        }
    }

    /// Returns the claim of a hold on this pick: contract, buyer and marks.
    pub fn claim(&self) -> Claim<'_> {
        Claim { by: Some(self.decision), marks: &self.marks }
    }

    /// Returns the counters that a hold on this pick, made at `held_at` and committed, has added
    /// to. The call record keeps the winner's, to raise the counters again after a restart.
    pub fn spent(&self, held_at: Wall) -> Vec<CapKey> {
        self.caps.iter().flat_map(|ceiling| ceiling.spent_keys(held_at)).collect()
    }
}

#[derive(Serialize)]
struct PickJson<'a> {
    contract: &'a ContractId,
    tier: Tier,
    price: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_buyer: Option<Wall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_billed: Option<Wall>,
}

impl Serialize for Pick {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Pick { contract, tier, price, had_at, .. } = self;
        let (same_buyer, not_billed) = (*had_at, self.unbilled());
        PickJson { contract, tier: *tier, price: *price, same_buyer, not_billed }
            .serialize(serializer)
    }
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("offer", &self.offer)?;
        map.serialize_entry("book_version", &self.book_version)?;
        match self.ring {
            Ring::Sequential => map.serialize_entry("ring", "sequential")?,
            Ring::Simultaneous { width } => {
                map.serialize_entry("ring", "simultaneous")?;
                map.serialize_entry("ring_width", &width)?;
            }
        }
        map.serialize_entry("picks", &Listed(|| self.picks()))?;
        map.serialize_entry("passed_over", &Listed(|| self.passed_over()))?;
        map.serialize_entry("fields", &self.fields())?;
        map.serialize_entry("at", &self.at)?;
        if let Some(at) = self.opens_at() {
            map.serialize_entry("opens_at", &at)?;
        }
        if let Some(until) = self.parked_until() {
            map.serialize_entry("parked_until", &until)?;
        }
        // As text: 64 bits do not fit the numbers of every JSON reader.
        map.serialize_entry("seed", &format!("{:016x}", self.seed))?;
        map.end()
    }
}

/// A list that is built while it is written.
struct Listed<F>(F);

impl<T: Serialize, I: Iterator<Item = T>, F: Fn() -> I> Serialize for Listed<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
