//! What a verb makes of its turn, and what a run then awaits.

use std::collections::VecDeque;

use super::Goto;
use super::Output;
use super::verb::Asking;
use crate::base::FieldName;

/// What a run awaits.
#[derive(Debug)]
pub(crate) enum Await {
    /// The beginning.
    Start,
    /// The end of what plays.
    Played,
    /// An answer to a question.
    Answer(Asking),
    /// The field to be set; then the way on.
    FieldSet(Then),
    /// The same, with more fields to be set before.
    FieldsSet(VecDeque<(FieldName, String)>),
    /// The end of a recording.
    Recorded,
    /// The outcome of dialling a fixed destination.
    Dialled,
    /// A web server's answer.
    LookedUp,
    /// The outcome of a routing.
    Routed,
    /// Nothing more.
    Nothing,
}

/// The way on after a verb.
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

/// What a verb makes of its turn.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Go on without waiting.
    Go(Then),
    /// Wait for this.
    Wait(Await),
    /// The flow is over, with this last output.
    End(Output),
}
