//! A carrier's request, in terms that all carriers share.

use std::fmt;
use std::time::Duration;

use crate::base::Phone;
use crate::book::Attestation;

use super::Carrier;

/// Longest id of a call, in bytes.
const ID_BYTES_MAX: usize = 256;

/// A call's or leg's id as its carrier gave it. Opaque: no two carriers write it alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CarrierCallId(String);

impl CarrierCallId {
    /// Returns an id of 1 to 256 bytes; `None` otherwise.
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

/// One request of a carrier. What it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub carrier: Carrier,
    /// The call; in a callback about a leg, that leg.
    pub call: CarrierCallId,
    /// The caller's call, in a callback about a leg.
    pub parent: Option<CarrierCallId>,
    /// The customer's account at the carrier.
    pub account: Option<String>,
    /// Who calls; none for a caller who hides the number.
    pub from: Option<Phone>,
    /// Who is called.
    pub to: Option<Phone>,
    /// How the call stands.
    pub state: Option<CallState>,
    /// Keys that were pressed; an empty text when the carrier reports that none was.
    pub digits: Option<String>,
    /// The key that ended them.
    pub finished_on_key: Option<char>,
    /// How a dial ended.
    pub dial: Option<DialResult>,
    /// A recording.
    pub recording: Option<Recording>,
    /// What the caller's carrier vouches for, when that was verified.
    pub attestation: Option<Attestation>,
    /// The place of a callback among those of its leg.
    pub sequence: Option<u64>,
    /// How long the call or leg lasted, once it is over; a whisper counts.
    pub duration: Option<Duration>,
    /// Who answered, when the carrier listened for it.
    pub answered_by: Option<AnsweredBy>,
}

/// How a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// It is about to be placed.
    Queued,
    /// It rings.
    Ringing,
    /// It was answered.
    InProgress,
    /// It was answered and is over.
    Completed,
    /// The other end was busy.
    Busy,
    /// It could not be placed.
    Failed,
    /// Not answered.
    NoAnswer,
    /// It was given up before it was answered.
    Canceled,
}

impl CallState {
    /// Returns whether the call is over.
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

/// How a dial ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialResult {
    /// The carrier's status; `Completed` does not mean that the two were bridged.
    pub status: DialStatus,
    /// The leg that was answered.
    pub child: Option<CarrierCallId>,
    /// How long that leg lasted, its whisper included.
    pub duration: Option<Duration>,
    /// Whether the two were joined.
    pub bridged: Bridged,
}

/// A carrier's result of a dial that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialStatus {
    /// A leg was answered, by a person or a machine, and is over.
    Completed,
    /// A leg was answered.
    Answered,
    /// Busy.
    Busy,
    /// Not answered.
    NoAnswer,
    /// It could not be placed.
    Failed,
    /// The caller hung up first.
    Canceled,
}

/// Whether caller and buyer were joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bridged {
    /// They were.
    Yes,
    /// They were not.
    No,
    /// The carrier does not say.
    Unreported,
}

/// A recording at the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Where it is fetched.
    pub url: String,
    /// How long it is.
    pub duration: Option<Duration>,
}

/// Who answered a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A machine, or a fax.
    Machine,
}

/// Why a request cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The call's id is missing or too long.
    #[error("a request of {carrier} without a call id (`{parameter}`)")]
    NoCall {
        /// Whose.
        carrier: Carrier,
        /// The parameter that holds it.
        parameter: &'static str,
    },
}
