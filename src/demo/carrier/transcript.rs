//! The transcript of a call: what people heard and did, and the requests.

use std::time::Duration;

use super::fault::Fault;
use super::script::Side;
use super::script::Voice;
use super::sign::Method;

/// How a call, or a leg of it, stands; in Twilio's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Asked for, not yet under way.
    Initiated,
    /// Ringing.
    Ringing,
    /// Answered.
    InProgress,
    /// Over, after it was answered.
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
    /// As it stands in parameters.
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

    /// Whether nothing more comes.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Initiated | Status::Ringing | Status::InProgress)
    }
}

/// Something that happened.
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
    /// The caller pressed keys in time; empty when none.
    Typed(String),
    /// The caller was recorded.
    Recorded(Duration),
    /// A phone was dialled.
    Dialled(String),
    /// The leg was answered.
    Answered(String, Voice),
    /// The dialed person heard a sentence or a sound before the bridge.
    Whispered(String, String),
    /// Who was dialled pressed keys in time; empty when none.
    Pressed(String, String),
    /// Caller and dialled were joined.
    Bridged(String),
    /// A dialled leg was over.
    Left(String, Status),
    /// The call was over.
    Ended(End),
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The caller hung up.
    Caller,
    /// `<Hangup>`, or a document ran out.
    Document,
    /// `<Reject>`.
    Rejected,
    /// There was no document to go on with.
    Fault,
}

/// A leg that was dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The carrier's id of it.
    pub id: String,
    /// What was dialled, as the document wrote it.
    pub target: String,
    /// How it ended.
    pub status: Status,
    /// From its answer to its end.
    pub lasted: Duration,
    /// How long it was joined with the caller; `None` when it never was.
    pub connected: Option<Duration>,
    /// Who ended the conversation.
    pub ended_by: Option<Side>,
}

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Its answer is the next document.
    Document,
    /// Its answer does not matter.
    Callback,
    /// A sound to play.
    Sound,
    /// Sent with a wrong signature.
    Forgery,
}

/// Which sending of a request it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// The first.
    First,
    /// The same again: a retry or a duplicate.
    Again,
    /// It was never sent: lost.
    Lost,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpExchange {
    /// Since the call's beginning.
    pub at: Duration,
    /// What it was for.
    pub purpose: Purpose,
    /// Which sending.
    pub sending: Sending,
    /// How.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Its parameters.
    pub params: Vec<(String, String)>,
    /// The answer's status; `None` when there was none.
    pub status: Option<u16>,
    /// The answer's text; of sounds none is kept.
    pub body: String,
}

impl HttpExchange {
    /// A parameter's first value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// What came of a call.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// The carrier's id of the call.
    pub call: String,
    /// What happened, and when, since the beginning.
    pub events: Vec<(Duration, Event)>,
    /// Every leg that was dialled, in order.
    pub legs: Vec<Leg>,
    /// How the call ended, as the carrier reports it.
    pub status: Status,
    /// Why it ended.
    pub end: End,
    /// From its answer to its end, as the carrier reports it.
    pub lasted: Duration,
    /// All requests, in the order of sending.
    pub exchanges: Vec<HttpExchange>,
    /// All that was wrong. A sound adapter leaves this empty.
    pub faults: Vec<Fault>,
}

impl Transcript {
    /// All sentences and sounds that the caller heard.
    pub fn heard(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Heard(text) | Event::Played(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// All keys that reached a question, one text a question.
    pub fn typed(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Typed(keys) => Some(keys.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The leg that was joined with the caller last.
    pub fn bridged(&self) -> Option<&Leg> {
        self.legs.iter().rev().find(|leg| leg.connected.is_some())
    }

    /// Requests of a purpose that were really sent.
    pub fn sent(&self, purpose: Purpose) -> impl Iterator<Item = &HttpExchange> {
        let wanted = move |exchange: &&HttpExchange| {
            exchange.purpose == purpose && exchange.sending != Sending::Lost
        };
        self.exchanges.iter().filter(wanted)
    }

    /// All faults, one a line.
    pub fn complaints(&self) -> String {
        self.faults.iter().map(|fault| format!("{fault}\n")).collect()
    }
}
