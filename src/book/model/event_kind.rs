//! Kinds of events that postbacks report.

use std::fmt;
use std::str::FromStr;

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A call arrived.
    CallArrived,
    /// The switch answered the caller.
    CallAnswered,
    /// Caller and buyer were connected.
    CallConnected,
    /// A call ended.
    CallCompleted,
    /// A call was sold: it became billable.
    CallConverted,
    /// A call ended, and no buyer had answered it. Once per call.
    CallMissed,
    /// A recording of a call can be fetched.
    CallRecordingReady,
    /// A form lead came in.
    LeadReceived,
    /// A form lead was sold.
    LeadSold,
    /// No buyer took a form lead.
    LeadRejected,
    /// A form lead waits for the opening of a contract.
    LeadParked,
    /// The buyer of a form lead reported a sale, and the lead became billable.
    LeadConverted,
    /// A sale was returned.
    SaleReturned,
    /// A cap reached 75, 90, or 100 %.
    CapReached,
    /// A balance is low, or no longer pays for a call.
    BalanceLow,
    /// A contract was paused.
    ContractPaused,
    /// A buyer did not answer a call.
    BuyerUnanswered,
    /// The gateways of a trunk no longer answer.
    TrunkDown,
    /// A trunk that was down takes calls again.
    TrunkUp,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [EventKind; 19] = [
        EventKind::CallArrived,
        EventKind::CallAnswered,
        EventKind::CallConnected,
        EventKind::CallCompleted,
        EventKind::CallConverted,
        EventKind::CallMissed,
        EventKind::CallRecordingReady,
        EventKind::LeadReceived,
        EventKind::LeadSold,
        EventKind::LeadRejected,
        EventKind::LeadParked,
        EventKind::LeadConverted,
        EventKind::SaleReturned,
        EventKind::CapReached,
        EventKind::BalanceLow,
        EventKind::ContractPaused,
        EventKind::BuyerUnanswered,
        EventKind::TrunkDown,
        EventKind::TrunkUp,
    ];

    /// Returns the stable name: `call.completed`.
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::CallArrived => "call.arrived",
            EventKind::CallAnswered => "call.answered",
            EventKind::CallConnected => "call.connected",
            EventKind::CallCompleted => "call.completed",
            EventKind::CallConverted => "call.converted",
            EventKind::CallMissed => "call.missed",
            EventKind::CallRecordingReady => "call.recording_ready",
            EventKind::LeadReceived => "lead.received",
            EventKind::LeadSold => "lead.sold",
            EventKind::LeadRejected => "lead.rejected",
            EventKind::LeadParked => "lead.parked",
            EventKind::LeadConverted => "lead.converted",
            EventKind::SaleReturned => "sale.returned",
            EventKind::CapReached => "cap.reached",
            EventKind::BalanceLow => "balance.low",
            EventKind::ContractPaused => "contract.paused",
            EventKind::BuyerUnanswered => "buyer.unanswered",
            EventKind::TrunkDown => "trunk.down",
            EventKind::TrunkUp => "trunk.up",
        }
    }

    /// Returns whether the event has the record of a call or of a form lead.
    pub const fn has_record(self) -> bool {
        match self {
            EventKind::CallArrived
            | EventKind::CallAnswered
            | EventKind::CallConnected
            | EventKind::CallCompleted
            | EventKind::CallConverted
            | EventKind::CallMissed
            | EventKind::CallRecordingReady
            | EventKind::LeadReceived
            | EventKind::LeadSold
            | EventKind::LeadRejected
            | EventKind::LeadParked
            | EventKind::LeadConverted
            | EventKind::SaleReturned => true,
            EventKind::CapReached
            | EventKind::BalanceLow
            | EventKind::ContractPaused
            | EventKind::BuyerUnanswered
            | EventKind::TrunkDown
            | EventKind::TrunkUp => false,
        }
    }
}

impl FromStr for EventKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| {
            let shown: String = text.chars().take(80).collect();
            format!("`{shown}` is not a kind of event")
        })
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
