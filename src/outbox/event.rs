//! Events of the outbox.

use serde::Deserialize;
use serde::Serialize;

use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::InquiryId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::OutboxId;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::book::EventKind;
use crate::book::PauseCause;
use crate::call::CallRecord;
use crate::caps::Cap;
use crate::caps::Level;
use crate::lead::LeadRecord;

/// One event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Id of the event. The same happening always has the same id.
    pub id: OutboxId,
    /// Time of the event.
    pub at: Wall,
    /// What happened.
    pub subject: Subject,
}

/// What happened. Its JSON is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Something happened to a call.
    Call {
        /// What.
        news: CallNews,
        /// Record of the call at that time.
        record: Box<CallRecord>,
    },
    /// Something happened to a form lead.
    Lead {
        /// What.
        news: LeadNews,
        /// Record of the lead at that time.
        record: Box<LeadRecord>,
    },
    /// A cap reached a part of its limit.
    Cap {
        /// Account of the cap.
        level: Level,
        /// The cap and its usage.
        cap: Cap,
        /// The part that was reached, in percent: 75, 90, or 100.
        percent: u8,
    },
    /// A balance is low, or no longer pays for a call.
    Balance {
        /// The buyer.
        buyer: BuyerId,
        /// Balance that is left.
        left: Money,
        /// Amount below which it is low: the buyer's threshold, or the price of a call.
        price: Money,
    },
    /// A contract was paused.
    Paused {
        /// The contract.
        contract: ContractId,
        /// Why.
        #[serde(default)]
        because: PauseCause,
        /// End of the pause; `None` until somebody resumes it.
        until: Option<Wall>,
    },
    /// A buyer did not answer a call.
    Unanswered {
        /// The call.
        call: CallId,
        /// Offer of the call.
        offer: OfferId,
        /// Contract that was rung.
        contract: ContractId,
        /// The buyer.
        buyer: BuyerId,
    },
    /// The gateways of a trunk no longer answer.
    TrunkDown {
        /// The trunk.
        trunk: TrunkId,
    },
    /// A trunk that was down takes calls again.
    TrunkUp {
        /// The trunk.
        trunk: TrunkId,
    },
}

/// What happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallNews {
    /// It arrived.
    Arrived,
    /// The switch answered the caller.
    Answered,
    /// Caller and buyer were connected.
    Connected,
    /// It ended.
    Completed,
    /// It became billable.
    Converted,
    /// It ended, and nobody had answered it.
    Missed,
    /// A recording of it can be fetched.
    RecordingReady,
    /// Its sale was returned.
    Returned,
}

/// What happened to a form lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadNews {
    /// It came in.
    Received,
    /// It was sold.
    Sold,
    /// No buyer took it.
    Rejected,
    /// It waits for the opening of a contract.
    Parked,
    /// It became billable, because a buyer reported a sale.
    Converted,
    /// A sale of it was returned.
    Returned,
}

impl Event {
    /// Creates an event of a call. A call has one event of each kind.
    pub fn of_call(news: CallNews, record: CallRecord, at: Wall) -> Self {
        let id = OutboxId::of(at, news.kind().name(), &record.id.to_string());
        Self { id, at, subject: Subject::Call { news, record: Box::new(record) } }
    }

    /// Creates an event of a form lead. A lead has one event of each kind at a time.
    pub fn of_lead(news: LeadNews, record: LeadRecord, at: Wall) -> Self {
        let id = OutboxId::of(at, news.kind().name(), &record.id.to_string());
        Self { id, at, subject: Subject::Lead { news, record: Box::new(record) } }
    }

    /// Creates an event that is not about a record. `key` tells events of this kind apart: the same
    /// key at the same time makes the same event.
    pub fn new(subject: Subject, key: &str, at: Wall) -> Self {
        Self { id: OutboxId::of(at, subject.kind().name(), key), at, subject }
    }

    /// Returns the kind of the event.
    pub fn kind(&self) -> EventKind {
        self.subject.kind()
    }

    /// Returns the call or lead whose record the event has.
    pub fn inquiry(&self) -> Option<InquiryId> {
        match &self.subject {
            Subject::Call { record, .. } => Some(record.id.into()),
            Subject::Lead { record, .. } => Some(record.id.into()),
            Subject::Cap { .. }
            | Subject::Balance { .. }
            | Subject::Paused { .. }
            | Subject::Unanswered { .. }
            | Subject::TrunkDown { .. }
            | Subject::TrunkUp { .. } => None,
        }
    }

    /// Removes what may tell of a person.
    pub fn forget_person(&mut self) {
        match &mut self.subject {
            Subject::Call { record, .. } => record.forget_person(),
            Subject::Lead { record, .. } => record.forget_person(),
            Subject::Cap { .. }
            | Subject::Balance { .. }
            | Subject::Paused { .. }
            | Subject::Unanswered { .. }
            | Subject::TrunkDown { .. }
            | Subject::TrunkUp { .. } => {}
        }
    }
}

impl Subject {
    /// Returns the kind of an event with this subject.
    pub fn kind(&self) -> EventKind {
        match self {
            Subject::Call { news, .. } => news.kind(),
            Subject::Lead { news, .. } => news.kind(),
            Subject::Cap { .. } => EventKind::CapReached,
            Subject::Balance { .. } => EventKind::BalanceLow,
            Subject::Paused { .. } => EventKind::ContractPaused,
            Subject::Unanswered { .. } => EventKind::BuyerUnanswered,
            Subject::TrunkDown { .. } => EventKind::TrunkDown,
            Subject::TrunkUp { .. } => EventKind::TrunkUp,
        }
    }
}

impl LeadNews {
    /// Returns the kind of an event of this news.
    pub const fn kind(self) -> EventKind {
        match self {
            LeadNews::Received => EventKind::LeadReceived,
            LeadNews::Sold => EventKind::LeadSold,
            LeadNews::Rejected => EventKind::LeadRejected,
            LeadNews::Parked => EventKind::LeadParked,
            LeadNews::Converted => EventKind::LeadConverted,
            LeadNews::Returned => EventKind::SaleReturned,
        }
    }
}

impl CallNews {
    /// Returns the kind of an event of this news.
    pub const fn kind(self) -> EventKind {
        match self {
            CallNews::Arrived => EventKind::CallArrived,
            CallNews::Answered => EventKind::CallAnswered,
            CallNews::Connected => EventKind::CallConnected,
            CallNews::Completed => EventKind::CallCompleted,
            CallNews::Converted => EventKind::CallConverted,
            CallNews::Missed => EventKind::CallMissed,
            CallNews::RecordingReady => EventKind::CallRecordingReady,
            CallNews::Returned => EventKind::SaleReturned,
        }
    }
}
