//! Why a call is not placed. The messages show dialed numbers whole: they are the operator's.

use crate::base::CallId;
use crate::base::FlowName;
use crate::base::Phone;
use crate::base::PingId;
use crate::lead::Missed;

/// Why a call is not placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The dialed text is not a phone number.
    #[error("what was dialled is not a phone number")]
    NotANumber,
    /// The number is not in the book.
    #[error("{} is not in the book", .0.e164())]
    UnknownNumber(Phone),
    /// The call is one that this switch sent on: it came back.
    #[error("call {0} came back to this switch")]
    Loop(CallId),
    /// The caller withholds the number, which the settings do not accept.
    #[error("the caller withholds the number")]
    Withheld,
    /// The caller calls too often.
    #[error("the caller called too often in the last minute")]
    CallerRate,
    /// What was dialed is a bid that is not there for the call.
    #[error("bid {} {why}", bid.bid_id())]
    Bid {
        /// Its ping.
        bid: PingId,
        /// Why it is not.
        why: Missed,
    },
    /// The number's flow is not loaded.
    #[error("the flow `{flow}` of {} is not loaded", number.e164())]
    NoFlow {
        /// The number.
        number: Phone,
        /// Flow of the number.
        flow: FlowName,
    },
}

impl Refusal {
    /// Returns the code for logs.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotANumber => "not_a_number",
            Refusal::UnknownNumber(_) => "unknown_number",
            Refusal::Withheld => "withheld",
            Refusal::CallerRate => "caller_rate",
            Refusal::Loop(_) => "loop",
            Refusal::Bid { why: Missed::Unknown, .. } => "bid_unknown",
            Refusal::Bid { why: Missed::Expired, .. } => "bid_expired",
            Refusal::Bid { why: Missed::Used, .. } => "bid_used",
            Refusal::Bid { why: Missed::OtherCaller, .. } => "bid_of_another_caller",
            Refusal::NoFlow { .. } => "no_flow",
        }
    }
}
