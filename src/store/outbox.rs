//! Deliveries of events to their recipients.

use serde::Serialize;

use crate::base::InquiryId;
use crate::base::OutboxId;
use crate::base::Wall;
use crate::book::EventKind;
use crate::outbox::Event;
use crate::outbox::Next;
use crate::outbox::Recipient;

/// Most events, deliveries, or dead deliveries of one read.
pub const OUTBOX_PAGE_MAX: usize = 200;

/// An event of the outbox with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEvent {
    /// Number of the event; later events have higher numbers.
    pub sequence: u64,
    /// The event; `None` if this program cannot read it.
    pub event: Option<Event>,
}

/// Who gets an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Number of the event.
    pub sequence: u64,
    /// The recipients; may be none.
    pub to: Vec<Recipient>,
}

/// A delivery that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Number of the delivery.
    pub id: u64,
    /// Who gets it.
    pub to: Recipient,
    /// The event.
    pub event: Event,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was planned, or resent.
    pub since: Wall,
}

/// The end of an attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// Number of the delivery.
    pub id: u64,
    /// End of the attempt.
    pub at: Wall,
    /// What happens next.
    pub next: Next,
    /// Why the attempt failed.
    pub fault: Option<String>,
}

/// A delivery that was given up. Its JSON is that of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadDelivery {
    /// Number of the delivery.
    pub delivery: u64,
    /// Who does not have it: a `postback` or a `contract`.
    #[serde(flatten)]
    pub to: Recipient,
    /// Id of the event.
    pub event: OutboxId,
    /// The call or lead of the event.
    pub inquiry: Option<InquiryId>,
    /// Kind of the event.
    #[serde(serialize_with = "by_name")]
    pub kind: EventKind,
    /// Time of the event.
    pub at: Wall,
    /// Attempts that were made.
    pub attempts: u32,
    /// When it was given up.
    pub dead_at: Wall,
    /// Why the last attempt failed.
    pub fault: String,
}

fn by_name<S: serde::Serializer>(kind: &EventKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// Which dead deliveries are resent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resend {
    /// Who gets them.
    pub to: Recipient,
    /// The event; `None` is every dead delivery of the recipient.
    pub event: Option<OutboxId>,
}

/// State of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxFigures {
    /// Deliveries that are still to be made.
    pub waiting: u64,
    /// Deliveries that were given up.
    pub dead: u64,
    /// When the oldest of the waiting deliveries was planned.
    pub oldest: Option<Wall>,
}
