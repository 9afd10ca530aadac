//! A call as a buyer or a source may see it.
//!
//! Each sees its own calls with its own side of the price, and nothing that would reveal another
//! buyer, source or contract.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::CallRecord;
use super::CallState;
use super::EndedBy;
use super::Recording;
use super::RecordingKind;
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
use crate::base::Reported;
use crate::base::Returned;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::seconds;

/// A call as far as its reader may see it. Its JSON is that of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CallView {
    /// The whole record.
    Whole(Box<CallRecord>),
    /// The view of its buyer.
    Buyer(Box<BuyerCall>),
    /// The view of its source.
    Source(Box<SourceCall>),
}

/// Part of a call that both buyer and source see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "channel", rename = "call")]
pub struct CallCore {
    /// Id of the call.
    pub id: CallId,
    /// Whether the call is live.
    pub state: CallState,
    /// Number that was dialled.
    pub number: Phone,
    /// Caller's number; `None` if it was withheld.
    pub caller: Option<Phone>,
    /// Offer that the call was last routed for.
    pub offer: OfferId,
    /// Known fields of the caller, by name.
    pub fields: BTreeMap<FieldName, String>,
    /// Arrival of the INVITE.
    pub started_at: Wall,
    /// Time when the switch answered the caller.
    pub answered_at: Option<Wall>,
    /// Time when caller and buyer were bridged.
    pub bridged_at: Option<Wall>,
    /// End of the call.
    pub ended_at: Option<Wall>,
    /// Party that ended the call.
    pub ended_by: Option<EndedBy>,
    /// Reason for the end.
    pub reason: Option<End>,
    /// Connected time of caller and buyer.
    #[serde(rename = "talk_seconds", with = "seconds")]
    pub talk: Duration,
    /// Whether the sale has converted, by the rule of the contract.
    pub billable: bool,
}

/// A buyer's view of a call that it won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerCall {
    /// Part that the source sees as well.
    #[serde(flatten)]
    pub core: CallCore,
    /// Legs of this buyer, in the order in which they were rung.
    pub attempts: Vec<BuyerAttempt>,
    /// Contract and terms of the sale.
    pub winner: BuyerTerms,
    /// The buyer's latest report of the sale.
    pub conversion: Option<Reported>,
    /// Return of the sale.
    pub returned: Option<Returned>,
    /// Amount that the buyer owes.
    pub revenue: Option<Money>,
}

/// A leg of the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerAttempt {
    /// Id of the attempt.
    pub id: AttemptId,
    /// Contract that was tried.
    pub contract: ContractId,
    /// Outcome of the attempt.
    pub outcome: Option<Outcome>,
    /// Final SIP status.
    pub sip_status: Option<u16>,
    /// Time when its INVITE was sent.
    pub started_at: Wall,
    /// Time from the INVITE to the answer or to the attempt's end, in milliseconds.
    pub ring_ms: u64,
    /// Time from the INVITE to the first ringing response, in milliseconds.
    pub post_dial_delay_ms: Option<u64>,
}

/// A buyer's terms for a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerTerms {
    /// The contract.
    pub contract: ContractId,
    /// The buyer.
    pub buyer: BuyerId,
    /// Price of a billable call.
    pub price: Money,
    /// Least connected time of a billable call.
    #[serde(rename = "buffer_seconds", with = "seconds")]
    pub buffer: Duration,
}

/// A source's view of a call that it sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceCall {
    /// Part that the buyer sees as well.
    #[serde(flatten)]
    pub core: CallCore,
    /// The source.
    pub source: SourceId,
    /// Amount that the source is owed.
    pub payout: Option<Money>,
}

impl CallRecord {
    /// Returns the part of the call that `scope` may see, or `None` if the call is outside the
    /// scope.
    pub fn seen_by(self, scope: &Scope) -> Option<CallView> {
        match scope {
            Scope::All => Some(CallView::Whole(Box::new(self))),
            Scope::Buyer(buyer) => self.of_buyer(buyer).map(Box::new).map(CallView::Buyer),
            Scope::Source(source) => self.of_source(source).map(Box::new).map(CallView::Source),
        }
    }

    /// Returns the recordings that `scope` may list and hear, or `None` if the call is outside the
    /// scope.
    pub fn recordings_in(self, scope: &Scope) -> Option<Vec<Recording>> {
        let mut recordings = self.recordings.clone();
        self.seen_by(scope)?;
        recordings.retain(|one| is_heard_in(one.kind, scope));
        Some(recordings)
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
            conversion: self.conversion.clone(),
            returned: self.returned.clone(),
            core: self.core(),
        })
    }

    fn of_source(self, source: &SourceId) -> Option<SourceCall> {
        let payout = self.payout;
        let own = self.source == *source;
        own.then(|| SourceCall { source: source.clone(), payout, core: self.core() })
    }

    /// A field that names a recording is left out: at a carrier its URL may be all that it takes to
    /// hear the message.
    fn core(mut self) -> CallCore {
        self.forget_recordings();
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

/// Returns whether recordings of a kind may be listed and heard in a scope that includes the call.
/// A message precedes any sale: neither the buyer nor the source hears it.
const fn is_heard_in(kind: RecordingKind, scope: &Scope) -> bool {
    match (kind, scope) {
        (RecordingKind::Message, Scope::All) => true,
        (RecordingKind::Message, Scope::Buyer(_) | Scope::Source(_)) => false,
    }
}
