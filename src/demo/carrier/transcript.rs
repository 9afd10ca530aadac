//! The transcript of a call: what people heard and did, and the carrier's requests.

use std::time::Duration;

use super::fault::Fault;
use super::script::Side;
use super::script::Voice;
use super::sign::Method;

/// Status of a call or leg, in Twilio's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Requested, not ringing yet.
    Initiated,
    /// Ringing.
    Ringing,
    /// Answered.
    InProgress,
    /// Ended after it was answered.
    Completed,
    /// Busy.
    Busy,
    /// Not set up.
    Failed,
    /// Not answered.
    NoAnswer,
    /// Canceled before it was answered.
    Canceled,
}

impl Status {
    /// Returns the name in parameters.
    pub fn name(self) -> &'static str {
        match self {
            Status::Initiated => "initiated",
            Status::Ringing => "ringing",
            Status::InProgress => "in-progress",
            Status::Completed => "completed",
            Status::Busy => "busy",
            Status::Failed => "failed",
            Status::NoAnswer => "no-answer",
            Status::Canceled => "canceled",
        }
    }

    /// Returns whether the status is final.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Initiated | Status::Ringing | Status::InProgress)
    }
}

/// An event of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The caller heard a sentence.
    Heard(String),
    /// The caller heard a sound.
    Played(String),
    /// The caller waited.
    Paused(Duration),
    /// The caller was asked for keys.
    Asked,
    /// Keys that the caller pressed in time; may be empty.
    Typed(String),
    /// The caller was recorded.
    Recorded(Duration),
    /// A phone was dialed.
    Dialled(String),
    /// The leg was answered.
    Answered(String, Voice),
    /// The dialed person heard a sentence or a sound before the bridge.
    Whispered(String, String),
    /// Keys that the callee pressed in time; may be empty.
    Pressed(String, String),
    /// The caller was bridged with the callee.
    Bridged(String),
    /// A dialed leg ended.
    Left(String, Status),
    /// The call ended.
    Ended(End),
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The caller hung up.
    Caller,
    /// `<Hangup>`, or the end of a document.
    Document,
    /// `<Reject>`.
    Rejected,
    /// There was no document to continue with.
    Fault,
}

/// A dialed leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The carrier's id of the leg.
    pub id: String,
    /// Target as the document wrote it.
    pub target: String,
    /// How it ended.
    pub status: Status,
    /// Time from its answer to its end.
    pub lasted: Duration,
    /// Time for which it was bridged with the caller; `None` if it never was.
    pub connected: Option<Duration>,
    /// Side that hung up.
    pub ended_by: Option<Side>,
}

/// Purpose of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Its answer is the next document.
    Document,
    /// Its answer is ignored.
    Callback,
    /// A sound to play.
    Sound,
    /// Sent with a wrong signature.
    Forgery,
}

/// Whether a request was sent, and whether it was a repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The first.
    First,
    /// A repetition: a retry or a duplicate.
    Again,
    /// Never sent: lost.
    Lost,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpExchange {
    /// Time since the start of the call.
    pub at: Duration,
    /// Purpose of the request.
    pub purpose: Purpose,
    /// Whether it was sent, and whether it was a repetition.
    pub sending: Sending,
    /// Method.
    pub method: Method,
    /// URL.
    pub url: String,
    /// Parameters.
    pub params: Vec<(String, String)>,
    /// Status of the answer; `None` without one.
    pub status: Option<u16>,
    /// Text of the answer; empty for sounds.
    pub body: String,
}

impl HttpExchange {
    /// Returns a parameter's first value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Result of a call.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// The carrier's id of the call.
    pub call: String,
    /// Events, with the time since the start.
    pub events: Vec<(Duration, Event)>,
    /// Every dialed leg, in order.
    pub legs: Vec<Leg>,
    /// Final status, as the carrier reports it.
    pub status: Status,
    /// Reason of the end.
    pub end: End,
    /// Time from its answer to its end, as the carrier reports it.
    pub lasted: Duration,
    /// All requests, in the order of sending.
    pub exchanges: Vec<HttpExchange>,
    /// All faults. A correct adapter causes none.
    pub faults: Vec<Fault>,
}

impl Transcript {
    /// Returns all sentences and sounds that the caller heard.
    pub fn heard(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Heard(text) | Event::Played(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Returns the keys that reached each question, one text per question.
    pub fn typed(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Typed(keys) => Some(keys.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Returns the leg that was bridged with the caller last.
    pub fn bridged(&self) -> Option<&Leg> {
        self.legs.iter().rev().find(|leg| leg.connected.is_some())
    }

    /// Returns the requests of a purpose that were sent.
    pub fn sent(&self, purpose: Purpose) -> impl Iterator<Item = &HttpExchange> {
        let wanted = move |exchange: &&HttpExchange| {
            exchange.purpose == purpose && exchange.sending != Sending::Lost
        };
        self.exchanges.iter().filter(wanted)
    }

    /// Returns all faults, one per line.
    pub fn complaints(&self) -> String {
        self.faults.iter().map(|fault| format!("{fault}\n")).collect()
    }
}
