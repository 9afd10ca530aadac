//! The decision: immutable, and complete enough that whoever carries it out has nothing to choose.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap as _;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::Fields;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::Skip;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Channel;
use crate::book::Destination;
use crate::book::Ring;
use crate::book::Tier;
use crate::caps::CapKey;
use crate::caps::Ceiling;

use super::Detail;
use super::Step;
use super::Turn;

/// Which contracts an inquiry may go to, in which order, and why not the others.
///
/// Serialises to the decision's JSON: `{"id", "offer", "book_version", "ring", "picks",
/// "passed_over", "fields", "at", "seed"}`, and `ring_width` when rung simultaneously.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Its id, drawn from its seed.
    pub id: DecisionId,
    /// What was asked for.
    pub offer: OfferId,
    /// How the inquiry came.
    pub channel: Channel,
    /// Who sent it.
    pub source: Option<SourceId>,
    /// Who calls; absent when the caller hides it.
    pub caller: Option<Phone>,
    /// The version of the book.
    pub book_version: u64,
    /// How many are rung at once.
    pub ring: Ring,
    /// How long one wave may ring.
    pub ring_timeout: Duration,
    /// Every eligible contract, in the order in which they are tried.
    pub picks: Vec<Pick>,
    /// Every other contract of the offer, once, in rank order.
    pub passed_over: Vec<PassedOver>,
    /// What happens when nobody takes it.
    pub dq: Disqualified,
    /// What was known, with what follows from it.
    pub fields: Fields,
    /// When.
    pub at: Wall,
    /// What every random choice was drawn from.
    pub seed: u64,
    /// What it does to the offer's sequence; for whoever keeps the sequence.
    pub step: Step,
}

/// A contract that may take the call, and everything needed to try it.
#[derive(Debug, Clone)]
pub struct Pick {
    /// The contract.
    pub contract: ContractId,
    /// Who pays.
    pub buyer: BuyerId,
    /// The tier it was picked in.
    pub tier: Tier,
    /// From 1: picks of one wave are rung together. Sequential rings have waves of one.
    pub wave: u32,
    /// What the buyer owes when it is billable.
    pub price: Money,
    /// Connected time from which it is billable.
    pub buffer: Duration,
    /// Where the call goes; none for a contract that takes form leads only.
    pub destination: Option<Arc<Destination>>,
    /// What a hold takes a unit of: contract, buyer, offer.
    pub caps: Arc<[Ceiling]>,
    /// Its turn as it stood before; the default for strategies without turns.
    pub turn: Turn,
    /// The buyer's zone.
    pub zone: TimeZone,
}

/// A contract that may not take the call.
#[derive(Debug, Clone, Serialize)]
pub struct PassedOver {
    /// The contract.
    pub contract: ContractId,
    /// The first reason found.
    pub reason: Skip,
    /// The reason in words, with the values that differ. Put into words when it is printed.
    pub detail: Detail,
}

/// What happens to an inquiry that nobody takes: the offer's `dq`, resolved.
#[derive(Debug, Clone)]
pub enum Disqualified {
    /// It is turned away.
    Reject,
    /// Decide again for this offer, [`DQ_HOPS_MAX`](super::DQ_HOPS_MAX) times at most.
    Offer(OfferId),
    /// It goes to the catch-all buyer by this contract, whatever its filters and hours say: theirs
    /// on this offer, else the first of theirs in the book that is switched on and has a
    /// destination. Its caps hold, and its price is owed. Without such a contract the book's
    /// `dq` buyer counts as [`Disqualified::Reject`].
    Buyer(Box<Pick>),
    /// The caller hears this recording.
    Recording(Arc<str>),
}

impl Decision {
    /// The picks of a wave, from 1.
    pub fn wave(&self, wave: u32) -> impl Iterator<Item = &Pick> {
        self.picks.iter().filter(move |pick| pick.wave == wave)
    }
}

impl Pick {
    /// The counters that a hold on this pick, made at `held_at` and committed, has added to. The
    /// winner's go into the call record, and raise the counters again after a restart.
    pub fn spent(&self, held_at: Wall) -> Vec<CapKey> {
        self.caps.iter().flat_map(|ceiling| ceiling.spent_keys(held_at)).collect()
    }
}

#[derive(Serialize)]
struct PickJson<'a> {
    contract: &'a ContractId,
    tier: Tier,
    price: Money,
}

impl Serialize for Pick {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Pick { contract, tier, price, .. } = self;
        PickJson { contract, tier: *tier, price: *price }.serialize(serializer)
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
        map.serialize_entry("picks", &self.picks)?;
        map.serialize_entry("passed_over", &self.passed_over)?;
        map.serialize_entry("fields", &self.fields)?;
        map.serialize_entry("at", &self.at)?;
        // As text: 64 bits do not fit the numbers of every JSON reader.
        map.serialize_entry("seed", &format!("{:016x}", self.seed))?;
        map.end()
    }
}
