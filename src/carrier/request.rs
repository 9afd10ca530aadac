//! The request of a carrier, in terms that all carriers share.

use std::fmt;
use std::time::Duration;

use crate::base::Phone;
use crate::book::Attestation;

use super::Carrier;

/// Longest call id, in bytes.
const ID_BYTES_MAX: usize = 256;

/// The carrier's id for a call or leg. Opaque: its form differs between carriers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CarrierCallId(String);

impl CarrierCallId {
    /// Creates an id of 1 to 256 bytes; `None` for any other length.
    pub fn new(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= ID_BYTES_MAX;
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the id as the carrier wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CarrierCallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One request of a carrier. A value that the carrier did not send is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The carrier that sent the request.
    pub carrier: Carrier,
    /// Id of the call; in a callback about a leg, id of that leg.
    pub call: CarrierCallId,
    /// Id of the caller's call, in a callback about a leg.
    pub parent: Option<CarrierCallId>,
    /// The customer's account at the carrier.
    pub account: Option<String>,
    /// The caller's number as the carrier writes it, in each parameter that has one, the likeliest
    /// first.
    pub callers: Vec<String>,
    /// Number of the called party.
    pub to: Option<Phone>,
    /// Dialed numbers as the carrier writes them, the likeliest first: a number without `+` may have
    /// several readings.
    pub called: Vec<String>,
    /// State of the call or leg.
    pub state: Option<CallState>,
    /// Keys that were pressed; empty if the carrier reports that none was.
    pub digits: Option<String>,
    /// Key that ended the keys.
    pub finished_on_key: Option<char>,
    /// Result of a dial.
    pub dial: Option<DialResult>,
    /// A recording.
    pub recording: Option<Recording>,
    /// Attestation by the caller's carrier, if it was verified.
    pub attestation: Option<Attestation>,
    /// Sequence number of the callback among those of its leg.
    pub sequence: Option<u64>,
    /// Duration of the call or leg, once it has ended; includes the whisper.
    pub duration: Option<Duration>,
    /// Who answered, if the carrier ran answering machine detection.
    pub answered_by: Option<AnsweredBy>,
}

/// State of a call or leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// The carrier is about to place the call.
    Queued,
    /// Ringing.
    Ringing,
    /// Answered.
    InProgress,
    /// Answered, and ended.
    Completed,
    /// The called party was busy.
    Busy,
    /// The carrier could not place the call.
    Failed,
    /// Not answered.
    NoAnswer,
    /// Canceled before the answer.
    Canceled,
}

impl CallState {
    /// Returns whether the call has ended.
    pub fn is_final(self) -> bool {
        match self {
            CallState::Queued | CallState::Ringing | CallState::InProgress => false,
            CallState::Completed
            | CallState::Busy
            | CallState::Failed
            | CallState::NoAnswer
            | CallState::Canceled => true,
        }
    }
}

/// Result of a dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialResult {
    /// The carrier's status. `Completed` does not mean that the carrier bridged the two.
    pub status: DialStatus,
    /// Id of the leg that answered.
    pub child: Option<CarrierCallId>,
    /// Duration of that leg, including the whisper.
    pub duration: Option<Duration>,
    /// Whether the carrier bridged the caller and the leg.
    pub bridged: Bridged,
}

/// The carrier's status of a dial that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialStatus {
    /// A person or a machine answered a leg, and the leg has ended.
    Completed,
    /// A leg answered.
    Answered,
    /// Busy.
    Busy,
    /// Not answered.
    NoAnswer,
    /// The carrier could not place the call.
    Failed,
    /// The caller hung up first.
    Canceled,
}

/// Whether the carrier bridged caller and buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bridged {
    /// Bridged.
    Yes,
    /// Not bridged.
    No,
    /// The carrier does not report it.
    Unreported,
}

/// A recording that the carrier stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// URL of the recording.
    pub url: String,
    /// Length of the recording.
    pub duration: Option<Duration>,
}

/// Who answered a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// An answering machine or a fax.
    Machine,
}

/// Why a request cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The call's id is missing or too long.
    #[error("a request of {carrier} without a call id (`{parameter}`)")]
    NoCall {
        /// The carrier that sent the request.
        carrier: Carrier,
        /// Name of the parameter that should hold the id.
        parameter: &'static str,
    },
}
