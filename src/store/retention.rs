//! What is kept for a limited time.

use std::fmt;

use crate::base::Wall;

use super::CallCursor;

/// A kind of data of which the store removes what is old. Amounts are of no kind: they stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Routing decisions of ended calls.
    Decisions,
    /// Journals of ended calls at webhook carriers.
    Journals,
    /// SIP messages of calls.
    Ladders,
    /// Whatever may tell of the persons of ended calls: callers, fields, tags, decisions, journals,
    /// references and notes. The calls stay.
    Callers,
    /// Entries of the activity log.
    Activity,
    /// Events that were delivered.
    Events,
    /// Deliveries of events that were given up.
    DeadLetters,
    /// Idempotency keys of requests, with their answers.
    IdempotencyKeys,
}

/// Where a step begins. Only kinds that belong to calls use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the calls that arrived at this time or later.
    At(Wall),
    /// After this call.
    After(CallCursor),
}

/// What a step left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Older data may be left: the next step begins here.
    More(Start),
    /// Nothing older. The oldest that is left has this time, or arrived at this time; `None` if
    /// nothing is left.
    Since(Option<Wall>),
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kept::Decisions => "decisions",
            Kept::Journals => "journals",
            Kept::Ladders => "ladders",
            Kept::Callers => "callers",
            Kept::Activity => "activity",
            Kept::Events => "events",
            Kept::DeadLetters => "dead_letters",
            Kept::IdempotencyKeys => "idempotency_keys",
        })
    }
}
