//! What happens to a run, and what it may know.

use crate::base::Fields;

/// What is known of the call at one moment; the caller of [`super::Run::handle`] refreshes it
/// before each input.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The fields of the inquiry.
    pub fields: &'a Fields,
    /// How many contracts could take the call now.
    pub pool: usize,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The flow begins. Only the first one counts.
    Start,
    /// The caller pressed a key: `0`–`9`, `*`, `#` or `A`–`D`.
    Digit(char),
    /// The latest [`super::Output::Play`] came to its end by itself. Not to be sent for one that
    /// was stopped, or that a later one replaced.
    Played,
    /// Time passed; due when [`super::Run::deadline`] is reached.
    Tick,
    /// [`super::Output::Route`] came to nothing.
    NotRouted(NotRouted),
    /// The field of [`super::Output::Field`] is set, and the facts are those of now.
    FieldSet,
}

/// Why a call was not routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotRouted {
    /// Contracts were tried and none took the call, or the reasons are mixed.
    NoBuyer,
    /// Those that would take the call are outside their hours.
    Closed,
    /// Those that would take the call have no capacity left.
    Capped,
    /// No contract takes such a call.
    NoMatch,
}

impl NotRouted {
    /// Every member.
    pub const ALL: &'static [NotRouted] =
        &[NotRouted::NoBuyer, NotRouted::Closed, NotRouted::Capped, NotRouted::NoMatch];

    /// The name of the branch inside `<Route>`.
    pub const fn name(self) -> &'static str {
        match self {
            NotRouted::NoBuyer => "NoBuyer",
            NotRouted::Closed => "Closed",
            NotRouted::Capped => "Capped",
            NotRouted::NoMatch => "NoMatch",
        }
    }
}
