//! A parsed document: the verbs that the carrier carries out.

use std::time::Duration;

use super::sign::Method;

/// A URL and its method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) url: String,
    pub(super) method: Method,
}

/// An action of the carrier.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verb {
    Say { text: String, times: u32 },
    Play { url: String, times: u32 },
    Pause(Duration),
    Gather(Gather),
    Record(Record),
    Dial(Dial),
    Redirect(Link),
    Hangup,
    Reject(Rejection),
}

/// Reason of a rejected call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejection {
    Rejected,
    Busy,
}

/// What happens after no input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnSilence {
    /// Continues with the next verb.
    FallsThrough,
    /// Requests the action, with empty `Digits`.
    Asks,
}

/// Whether the answer of an action is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    /// The answer is the next document.
    Follows,
    /// The answer is ignored (Plivo's `redirect="false"`).
    GoesOn,
}

/// Whether keys interrupt a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barge {
    In,
    Waits,
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gather {
    pub(super) action: Link,
    /// Most digits.
    pub(super) most: usize,
    /// Keys that end the input.
    pub(super) finish: String,
    /// Timeout for the first key, after the prompt.
    pub(super) first: Duration,
    /// Timeout for each next key.
    pub(super) between: Duration,
    pub(super) barge: Barge,
    pub(super) on_silence: OnSilence,
    pub(super) redirects: Redirects,
    /// How often the prompt is played without input (Plivo).
    pub(super) tries: u32,
    pub(super) prompts: Vec<Verb>,
}

/// A recording of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) action: Link,
    pub(super) most: Duration,
    pub(super) redirects: Redirects,
}

/// Whether nouns ring one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Together,
    Sequential,
}

/// When the caller's own leg is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswersOn {
    Dial,
    Bridge,
}

/// A `<Dial>`: an outgoing call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dial {
    pub(super) action: Option<Link>,
    pub(super) redirects: Redirects,
    pub(super) timeout: Duration,
    pub(super) limit: Duration,
    pub(super) caller_id: Option<String>,
    pub(super) answers_on: AnswersOn,
    pub(super) order: Order,
    pub(super) nouns: Vec<Noun>,
    /// URL for reports about every leg (Plivo).
    pub(super) callback: Option<Link>,
    pub(super) confirm: Option<Confirm>,
}

/// Plivo's sound for the callee, and the key that accepts; without a key only the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confirm {
    pub(super) sound: Link,
    pub(super) key: Option<char>,
    pub(super) timeout: Duration,
}

/// Kind of destination of a noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Phone,
    Sip,
}

/// A destination to dial.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Noun {
    pub(super) target: String,
    pub(super) wire: Wire,
    pub(super) whisper: Option<Link>,
    pub(super) status: Option<(Link, Vec<Progress>)>,
    pub(super) detects: Detection,
}

/// Whether the carrier detects voicemail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detection {
    Off,
    On,
}

/// A step of a leg that its status callback reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Initiated,
    Ringing,
    Answered,
    Completed,
}

impl Progress {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "initiated" => Some(Progress::Initiated),
            "ringing" => Some(Progress::Ringing),
            "answered" => Some(Progress::Answered),
            "completed" => Some(Progress::Completed),
            _ => None,
        }
    }
}
