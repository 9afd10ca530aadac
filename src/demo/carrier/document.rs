//! A parsed document: what the carrier does.

use std::time::Duration;

use super::sign::Method;

/// A URL and its method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) url: String,
    pub(super) method: Method,
}

/// What the carrier does.
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

/// How a call is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejection {
    Rejected,
    Busy,
}

/// What happens when nothing was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnSilence {
    /// The next verb.
    FallsThrough,
    /// The action, with empty `Digits`.
    Asks,
}

/// Whether the answer of an action is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    /// It is the next document.
    Follows,
    /// It is ignored (Plivo's `redirect="false"`).
    GoesOn,
}

/// Whether keys cut a prompt short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barge {
    In,
    Waits,
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gather {
    pub(super) action: Link,
    /// Most keys.
    pub(super) most: usize,
    /// Keys that end it.
    pub(super) finish: String,
    /// Until the first key, after the prompt.
    pub(super) first: Duration,
    /// Until the next key.
    pub(super) between: Duration,
    pub(super) barge: Barge,
    pub(super) on_silence: OnSilence,
    pub(super) redirects: Redirects,
    /// How often the prompt is played when nothing comes (Plivo).
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

/// Whether nouns ring one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Together,
    Sequential,
}

/// When the caller's own call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswersOn {
    Dial,
    Bridge,
}

/// A call onwards.
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
    /// Where every leg is reported to (Plivo).
    pub(super) callback: Option<Link>,
    pub(super) confirm: Option<Confirm>,
}

/// Plivo's sound for who answers, and the key that accepts; without a key the sound is all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confirm {
    pub(super) sound: Link,
    pub(super) key: Option<char>,
    pub(super) timeout: Duration,
}

/// What a noun names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Phone,
    Sip,
}

/// One to dial.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Noun {
    pub(super) target: String,
    pub(super) wire: Wire,
    pub(super) whisper: Option<Link>,
    pub(super) status: Option<(Link, Vec<Progress>)>,
    pub(super) detects: Detection,
}

/// Whether the carrier listens for voicemail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detection {
    Off,
    On,
}

/// A step of a leg that its status callback receives.
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
