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
use crate::base::Outcome;
use crate::base::Wall;
use crate::base::seconds;
use crate::book::Conversion;
use crate::book::Returns;
use crate::routing::Decision;
use crate::routing::Pick;
use crate::routing::Trace;

/// Record of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Id of the attempt.
    pub id: AttemptId,
    /// The contract that was tried.
    pub contract: ContractId,
    /// Its buyer.
    pub buyer: BuyerId,
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
    pub payout: Option<Money>,
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

impl Winner {
    /// Creates the winner of a pick; `payout` goes to the source.
    pub fn of(pick: &Pick, payout: Option<Money>) -> Self {
        Self {
            contract: pick.contract.clone(),
            buyer: pick.buyer.clone(),
            price: pick.price,
            buffer: pick.buffer,
            payout,
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
