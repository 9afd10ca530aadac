//! What records store about a sale.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::CanceledBecause;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Wall;
use crate::base::seconds;
use crate::book::Conversion;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::book::Returns;
use crate::book::Source;
use crate::book::Tier;
use crate::routing::Decision;
use crate::routing::Pick;
use crate::routing::Trace;

use super::Promise;

/// Record of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Id of the attempt.
    pub id: AttemptId,
    /// The contract that was tried.
    pub contract: ContractId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// Tier in which it was tried; `None` in records of older programs.
    #[serde(default)]
    pub tier: Option<AttemptTier>,
    /// Wave, from 1; buyers of one wave ring together.
    pub wave: u32,
    /// Outcome; `None` while the buyer rings.
    pub outcome: Option<Outcome>,
    /// Reason for the cancellation; `None` if the attempt ended with its own answer.
    #[serde(default)]
    pub canceled_because: Option<CanceledBecause>,
    /// Final SIP status of the buyer's side; `None` without one.
    pub sip_status: Option<u16>,
    /// Time at which the INVITE was sent.
    pub started_at: Wall,
    /// Time from the INVITE to the answer or to the attempt's end, in milliseconds.
    pub ring_ms: u64,
    /// Time from the INVITE to the first sign of ringing, in milliseconds; `None` if it never rang.
    pub post_dial_delay_ms: Option<u64>,
}

/// The tier in which a contract was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptTier {
    /// Primary.
    Primary,
    /// Secondary.
    Secondary,
    /// Overflow.
    Overflow,
    /// Fallback.
    Fallback,
    /// The offer's catch-all buyer, after every tier.
    CatchAll,
}

/// Winner of the inquiry and the terms: enough to bill the record by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Winner {
    /// The contract.
    pub contract: ContractId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// Price that the buyer pays for a billable call.
    pub price: Money,
    /// Connected time from which a call is billable.
    #[serde(rename = "buffer_seconds", with = "seconds")]
    pub buffer: Duration,
    /// Payout to the source for a billable call; `None` if the source is not paid.
    pub payout: Option<Payout>,
    /// Connected time from which the payout is owed, whatever the buyer owes, in seconds: a bid
    /// promised it. `None` if it is owed for a billable call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_from_seconds: Option<u64>,
    /// How many payouts of the source are paid, and its time zone.
    #[serde(default, skip_serializing_if = "PayoutCaps::is_none")]
    pub payout_caps: PayoutCaps,
    /// What makes the sale billable, and what the buyer may report about it.
    #[serde(default)]
    pub conversion: Conversion,
    /// Which sales the buyer may return; `None` if none.
    #[serde(default)]
    pub returns: Option<Returns>,
}

/// A routing decision as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// Id of the decision.
    pub id: DecisionId,
    /// Time of the decision.
    pub at: Wall,
    /// The decision's [`Trace`](crate::routing::Trace) as the JSON text of one object.
    pub document: String,
}

impl AttemptRecord {
    /// Creates the record of an attempt that begins at `at`.
    pub fn begun(id: AttemptId, pick: &Pick, wave: u32, at: Wall) -> Self {
        Self {
            id,
            contract: pick.contract.clone(),
            buyer: pick.buyer.clone(),
            tier: Some(AttemptTier::of(pick)),
            wave,
            outcome: None,
            canceled_because: None,
            sip_status: None,
            started_at: at,
            ring_ms: 0,
            post_dial_delay_ms: None,
        }
    }
}

impl AttemptTier {
    /// Every tier, in the order in which they are tried.
    pub const ALL: [AttemptTier; 5] = [
        AttemptTier::Primary,
        AttemptTier::Secondary,
        AttemptTier::Overflow,
        AttemptTier::Fallback,
        AttemptTier::CatchAll,
    ];

    /// Returns the tier of a pick. Only a catch-all buyer has no seat in a roster.
    fn of(pick: &Pick) -> Self {
        match (&pick.seat, pick.tier) {
            (None, _) => AttemptTier::CatchAll,
            (Some(_), Tier::Primary) => AttemptTier::Primary,
            (Some(_), Tier::Secondary) => AttemptTier::Secondary,
            (Some(_), Tier::Overflow) => AttemptTier::Overflow,
            (Some(_), Tier::Fallback) => AttemptTier::Fallback,
        }
    }

    /// Returns the name in records and reports.
    pub const fn name(self) -> &'static str {
        match self {
            AttemptTier::Primary => "primary",
            AttemptTier::Secondary => "secondary",
            AttemptTier::Overflow => "overflow",
            AttemptTier::Fallback => "fallback",
            AttemptTier::CatchAll => "catch_all",
        }
    }
}

impl Winner {
    /// Creates the winner of a pick of an offer; `source` is paid, as a bid promised it, if one did.
    /// No cap reduces what was promised.
    pub fn of(
        pick: &Pick,
        offer: Option<&OfferId>,
        source: Option<&Source>,
        promise: Option<&Promise>,
    ) -> Self {
        let payout = source.zip(offer).and_then(|(source, offer)| source.payout_for(offer));
        let payout = payout.copied();
        let promised = promise.map(|promise| Payout::Fixed(promise.payout));
        let mut payout_caps = source.map(|source| source.payout_caps.clone()).unwrap_or_default();
        if promise.is_some() {
            payout_caps.limits = PayoutLimits::NONE;
        }
        Self {
            contract: pick.contract.clone(),
            buyer: pick.buyer.clone(),
            price: pick.price,
            buffer: pick.buffer,
            payout: promised.or(payout),
            payout_from_seconds: promise.map(|promise| promise.buffer_seconds),
            payout_caps,
            conversion: pick.rules.conversion.clone(),
            returns: pick.rules.returns.clone(),
        }
    }
}

impl DecisionRecord {
    /// Creates the record of a decision; `None` if it cannot be serialized, which does not happen.
    pub fn of(decision: &Decision) -> Option<Self> {
        let document = serde_json::to_string(&Trace::of(decision)).ok()?;
        Some(Self { id: decision.id, at: decision.at, document })
    }
}
