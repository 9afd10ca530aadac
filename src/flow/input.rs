//! What happens to a run, and what it may know.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::Fields;
use crate::base::SourceId;
use crate::base::Wall;

/// What is known of the call at one moment; the caller of [`super::Run::handle`] refreshes it
/// before each input.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The fields of the inquiry.
    pub fields: &'a Fields,
    /// How many contracts could take the call now.
    pub pool: usize,
    /// The fields not yet known whose value may still change which buyer takes the call; `None`
    /// when they are not computed: then every question is asked. Looked at only by flows that
    /// [ask when needed](super::Flow::asks_when_needed).
    pub needed: Option<&'a BTreeSet<FieldName>>,
    /// Who sent the call.
    pub source: Option<&'a SourceId>,
    /// When this caller called last, before this call. Looked at only by flows that
    /// [ask for it](super::Flow::asks_last_call).
    pub last_call: Option<Wall>,
}

impl<'a> Facts<'a> {
    /// Facts of which only fields and pool are known.
    pub const fn new(fields: &'a Fields, pool: usize) -> Self {
        Self { fields, pool, needed: None, source: None, last_call: None }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// [`super::Output::Route`] failed.
    NotRouted(NotRouted),
    /// The field of [`super::Output::Field`] is set, and the facts are those of now.
    FieldSet,
    /// [`super::Output::Record`] has ended: by silence, by its longest time, or as
    /// [`super::Output::StopRecording`] asked for.
    Recorded {
        /// The name under which the sound is found: a file under the recordings' directory, or
        /// a carrier's URL. `None` if there was no speech, or it could not be kept.
        place: Option<String>,
        /// How long it sounds.
        length: Duration,
    },
    /// [`super::Output::Dial`] failed.
    NotDialled(NotDialled),
    /// [`super::Output::Lookup`] is answered: the fields that were found, in the order in which
    /// they were asked for (see [`super::found`]); `None` when there was no answer in time, or
    /// none that can be read.
    LookedUp(Option<Vec<(FieldName, String)>>),
}

/// Why a fixed destination was not reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotDialled {
    /// It is busy.
    Busy,
    /// Not answered in time.
    NoAnswer,
    /// It refused the call, or was not reached.
    Failed,
}

impl NotDialled {
    /// Every member.
    pub const ALL: &'static [NotDialled] =
        &[NotDialled::Busy, NotDialled::NoAnswer, NotDialled::Failed];

    /// The name of the branch inside `<Dial>`.
    pub const fn name(self) -> &'static str {
        match self {
            NotDialled::Busy => "Busy",
            NotDialled::NoAnswer => "NoAnswer",
            NotDialled::Failed => "Failed",
        }
    }
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
