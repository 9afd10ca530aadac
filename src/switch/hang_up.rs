//! Errors of a hang-up.

use crate::call::CallRecord;
use crate::carrier::Carrier;
use crate::journal::RecallError;

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
    Elsewhere,
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
    /// The record cannot be read.
    #[error(transparent)]
    Recall(#[from] RecallError),
}

fn reason(record: &CallRecord) -> String {
    record.reason.map_or_else(|| "unknown".to_owned(), |reason| reason.to_string())
}
