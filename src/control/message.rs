//! The requests and answers of the protocol.

use serde::Deserialize;
use serde::Serialize;

use crate::base::CallId;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::LiveCall;

/// Most live calls of one answer.
pub const LIVE_MAX: usize = 100;

/// A question to the running switch. As a line: `{"request":"look"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Another program has written to the database. The switch checks the database for changes at
    /// once, and answers when it has applied them.
    Look,
    /// List live calls, newest first: [`Answer::Calls`], of at most [`LIVE_MAX`].
    Live {
        /// Which.
        query: Box<CallQuery>,
        /// Calls that are older than this one; `None` from the newest on.
        before: Option<CallId>,
    },
    /// Show a live call: [`Answer::Calls`], of one call, or of none when it is not live.
    Show {
        /// The call.
        id: CallId,
    },
    /// Hang up a call: [`Answer::HungUp`].
    HangUp {
        /// The call.
        id: CallId,
    },
}

/// The switch's answer. As a line: `{"answer":"done"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The request succeeded.
    Done,
    /// Live calls, newest first.
    Calls {
        /// The calls.
        items: Vec<LiveCall>,
        /// The call after which the next page begins; `None` when this is the last.
        next: Option<CallId>,
    },
    /// The call is hung up, and its end is stored.
    HungUp {
        /// Its record.
        record: Box<CallRecord>,
    },
    /// It is not done.
    Failed {
        /// The cause, in one sentence.
        message: String,
    },
}
