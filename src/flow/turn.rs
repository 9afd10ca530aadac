//! The result of running a verb, and what a run awaits next.

use std::collections::VecDeque;

use super::Goto;
use super::Output;
use super::verb::Asking;
use crate::base::FieldName;

/// Event that a run awaits.
#[derive(Debug)]
pub(crate) enum Await {
    /// The first input.
    Start,
    /// The end of playback.
    Played,
    /// An answer to a question.
    Answer(Asking),
    /// The field to be set; then the next verb or step.
    FieldSet(Then),
    /// The field to be set, with more fields to set after it.
    FieldsSet(VecDeque<(FieldName, String)>),
    /// The end of a recording.
    Recorded,
    /// The outcome of dialling a fixed destination.
    Dialled,
    /// A web server's answer.
    LookedUp,
    /// The outcome of a routing.
    Routed,
    /// Nothing: the flow is over.
    Nothing,
}

/// Next verb or step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The verb below.
    Next,
    /// Another step.
    Goto(Goto),
}

impl From<Option<Goto>> for Then {
    fn from(goto: Option<Goto>) -> Self {
        goto.map_or(Then::Next, Then::Goto)
    }
}

/// Result of running a verb.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Continue without waiting.
    Go(Then),
    /// Wait for this.
    Wait(Await),
    /// End the flow with this last output.
    End(Output),
}
