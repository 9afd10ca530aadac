//! The requests and answers of the protocol.

use serde::Deserialize;
use serde::Serialize;

/// A request to the running switch. As a line: `{"request":"look"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Another program has written to the database. The switch checks the database for changes at
    /// once, and answers when it has applied them.
    Look,
}

/// The switch's answer. As a line: `{"answer":"done"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The request succeeded.
    Done,
    /// The request failed.
    Failed {
        /// The cause, in one sentence.
        message: String,
    },
}
