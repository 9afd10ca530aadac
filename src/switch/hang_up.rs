//! Errors of a hang-up.

use crate::base::NodeName;
use crate::call::CallRecord;
use crate::carrier::Carrier;
use crate::journal::RecallError;
use crate::store::StoreError;

/// Reason why a call was not hung up, or why the outcome is unknown.
#[derive(Debug, thiserror::Error)]
pub enum HangUpError {
    /// No call has this id.
    #[error("there is no such call")]
    Unknown,
    /// The call ended for another reason than an operator's hang-up.
    #[error("the call has ended already: {}", reason(.0))]
    Ended(Box<CallRecord>),
    /// The call was left open by a switch that no longer runs.
    #[error("the call is not live on this switch: its record is closed when its node restarts")]
    LeftOpen,
    /// The node that keeps the call gives no sign of life.
    #[error(
        "node `{0}`, which keeps the call, is gone: the call is being taken over or closed, ask \
         again in a minute"
    )]
    Gone(NodeName),
    /// The settings hold no account for the carrier's API.
    #[error(
        "{} holds the call, and its API cannot be used: set the API's credentials under \
         [carriers.{}]", .0.title(), .0.name()
    )]
    NoAccount(Carrier),
    /// The carrier did not hang up.
    #[error("{} holds the call and did not hang up: {cause}", carrier.title())]
    Carrier {
        /// The carrier.
        carrier: Carrier,
        /// The carrier's error.
        cause: String,
    },
    /// The call is hung up; its end is not stored yet.
    #[error("the call is hung up, but its end is not stored yet")]
    NotStored,
    /// The other node cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record cannot be read.
    #[error(transparent)]
    Recall(#[from] RecallError),
}

fn reason(record: &CallRecord) -> String {
    record.reason.map_or_else(|| "unknown".to_owned(), |reason| reason.to_string())
}
