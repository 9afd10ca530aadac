//! What is asked and answered.

use serde::Deserialize;
use serde::Serialize;

/// A question to the running switch. As a line: `{"request":"look"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Another program has written to the database: the switch looks at once for what changed,
    /// and answers when it has looked.
    Look,
}

/// The switch's answer. As a line: `{"answer":"done"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done,
    /// It is not done.
    Failed {
        /// Why, in one sentence.
        message: String,
    },
}
