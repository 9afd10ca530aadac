//! What records keep of a sale.

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
use crate::routing::Decision;
use crate::routing::Pick;
use crate::routing::Trace;

/// One buyer who was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// The attempt.
    pub id: AttemptId,
    /// The contract that was tried.
    pub contract: ContractId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// The round of ringing, from 1; buyers of one wave ring together.
    pub wave: u32,
    /// How it ended; `None` while it rings.
    pub outcome: Option<Outcome>,
    /// Why it was canceled; `None` unless it ended without an answer of its own.
    #[serde(default)]
    pub canceled_because: Option<CanceledBecause>,
    /// The final SIP status of the buyer's side; `None` when there was none.
    pub sip_status: Option<u16>,
    /// When its INVITE was sent.
    pub started_at: Wall,
    /// Time from the INVITE to the answer or to the attempt's end, in milliseconds.
    pub ring_ms: u64,
    /// Time from the INVITE to the first sign of ringing, in milliseconds; `None` without one.
    pub post_dial_delay_ms: Option<u64>,
}

/// Who got the inquiry, and on what terms: with them, a record can be billed by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Winner {
    /// The contract.
    pub contract: ContractId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// What the buyer pays for a billable call.
    pub price: Money,
    /// How long a call has to last to be billable.
    #[serde(rename = "buffer_seconds", with = "seconds")]
    pub buffer: Duration,
    /// What the source gets for a billable call; `None` when it is not paid.
    pub payout: Option<Money>,
}

/// One routing decision, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The decision.
    pub id: DecisionId,
    /// When it was made.
    pub at: Wall,
    /// The decision's [`Trace`](crate::routing::Trace) as JSON text, of one object.
    pub document: String,
}

impl AttemptRecord {
    /// A buyer who is tried from now on.
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
    /// The buyer of a pick; `payout` is what the source gets for it.
    pub fn of(pick: &Pick, payout: Option<Money>) -> Self {
        Self {
            contract: pick.contract.clone(),
            buyer: pick.buyer.clone(),
            price: pick.price,
            buffer: pick.buffer,
            payout,
        }
    }
}

impl DecisionRecord {
    /// Of a decision; `None` when it cannot be written down, which no decision is.
    pub fn of(decision: &Decision) -> Option<Self> {
        let document = serde_json::to_string(&Trace::of(decision)).ok()?;
        Some(Self { id: decision.id, at: decision.at, document })
    }
}
