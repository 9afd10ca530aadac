//! A call as those may see it who are no staff: a buyer, or a source.
//!
//! Each sees its own calls, with its own side of the price, and nothing from which another buyer,
//! source or contract could be guessed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::CallRecord;
use super::CallState;
use super::EndedBy;
use super::Scope;
use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::seconds;

/// A call, as far as its reader may see it. Its JSON is the one of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CallView {
    /// All of it.
    Whole(Box<CallRecord>),
    /// What its buyer sees.
    Buyer(Box<BuyerCall>),
    /// What its source sees.
    Source(Box<SourceCall>),
}

/// What buyer and source both see of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "channel", rename = "call")]
pub struct CallCore {
    /// The call.
    pub id: CallId,
    /// Whether it is still up.
    pub state: CallState,
    /// The number that was dialled.
    pub number: Phone,
    /// The caller's number; `None` when it was withheld.
    pub caller: Option<Phone>,
    /// The offer it was last routed for.
    pub offer: OfferId,
    /// What is known of the caller, by name.
    pub fields: BTreeMap<FieldName, String>,
    /// When its INVITE came.
    pub started_at: Wall,
    /// When the caller was answered.
    pub answered_at: Option<Wall>,
    /// When caller and buyer could hear each other first.
    pub bridged_at: Option<Wall>,
    /// When it ended.
    pub ended_at: Option<Wall>,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
    /// How it ended.
    pub reason: Option<End>,
    /// How long caller and buyer were connected.
    #[serde(rename = "talk_seconds", with = "seconds")]
    pub talk: Duration,
    /// Whether that was long enough to be paid for.
    pub billable: bool,
}

/// What a buyer sees of a call that it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerCall {
    /// What a source sees as well.
    #[serde(flatten)]
    pub core: CallCore,
    /// The buyer's own legs, in the order in which they were rung.
    pub attempts: Vec<BuyerAttempt>,
    /// The contract that it came by.
    pub winner: BuyerTerms,
    /// What the buyer owes.
    pub revenue: Option<Money>,
}

/// A leg of the buyer's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerAttempt {
    /// The attempt.
    pub id: AttemptId,
    /// The contract that was tried.
    pub contract: ContractId,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The final SIP status.
    pub sip_status: Option<u16>,
    /// When its INVITE was sent.
    pub started_at: Wall,
    /// From INVITE to answer, or to the attempt's end, in milliseconds.
    pub ring_ms: u64,
    /// From INVITE to the first sign of ringing, in milliseconds.
    pub post_dial_delay_ms: Option<u64>,
}

/// A buyer's terms for a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerTerms {
    /// The contract.
    pub contract: ContractId,
    /// The buyer.
    pub buyer: BuyerId,
    /// What the buyer pays for a billable call.
    pub price: Money,
    /// How long a call has to last to be billable.
    #[serde(rename = "buffer_seconds", with = "seconds")]
    pub buffer: Duration,
}

/// What a source sees of a call that it sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceCall {
    /// What a buyer sees as well.
    #[serde(flatten)]
    pub core: CallCore,
    /// The source.
    pub source: SourceId,
    /// What the source is owed.
    pub payout: Option<Money>,
}

impl CallRecord {
    /// Returns what may be seen of the call; `None` when it is outside the scope.
    pub fn seen_by(self, scope: &Scope) -> Option<CallView> {
        match scope {
            Scope::All => Some(CallView::Whole(Box::new(self))),
            Scope::Buyer(buyer) => self.of_buyer(buyer).map(Box::new).map(CallView::Buyer),
            Scope::Source(source) => self.of_source(source).map(Box::new).map(CallView::Source),
        }
    }

    fn of_buyer(self, buyer: &BuyerId) -> Option<BuyerCall> {
        let winner = self.winner.as_ref().filter(|winner| winner.buyer == *buyer)?;
        let own = self.attempts.iter().filter(|attempt| attempt.buyer == *buyer);
        let attempts = own.map(|attempt| BuyerAttempt {
            id: attempt.id,
            contract: attempt.contract.clone(),
            outcome: attempt.outcome,
            sip_status: attempt.sip_status,
            started_at: attempt.started_at,
            ring_ms: attempt.ring_ms,
            post_dial_delay_ms: attempt.post_dial_delay_ms,
        });
        Some(BuyerCall {
            attempts: attempts.collect(),
            winner: BuyerTerms {
                contract: winner.contract.clone(),
                buyer: winner.buyer.clone(),
                price: winner.price,
                buffer: winner.buffer,
            },
            revenue: self.revenue,
            core: self.core(),
        })
    }

    fn of_source(self, source: &SourceId) -> Option<SourceCall> {
        let payout = self.payout;
        let own = self.source == *source;
        own.then(|| SourceCall { source: source.clone(), payout, core: self.core() })
    }

    fn core(self) -> CallCore {
        CallCore {
            id: self.id,
            state: self.state,
            number: self.number,
            caller: self.caller,
            offer: self.offer,
            fields: self.fields,
            started_at: self.started_at,
            answered_at: self.answered_at,
            bridged_at: self.bridged_at,
            ended_at: self.ended_at,
            ended_by: self.ended_by,
            reason: self.reason,
            talk: self.talk,
            billable: self.billable,
        }
    }
}
