//! Inputs of a run, and the facts that it may use.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::Fields;
use crate::base::SourceId;
use crate::base::Wall;

/// The facts about a call at one moment; the caller of [`super::Run::handle`] refreshes them before
/// each input.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Fields of the inquiry.
    pub fields: &'a Fields,
    /// Number of contracts that could take the call now.
    pub pool: usize,
    /// Unknown fields whose value may still change which buyer takes the call; `None` when they are
    /// not computed: then every question is asked. Used only by flows that [ask when
    /// needed](super::Flow::asks_when_needed).
    pub needed: Option<&'a BTreeSet<FieldName>>,
    /// Source of the call.
    pub source: Option<&'a SourceId>,
    /// Time of this caller's last call before this one. Used only by flows that [ask for
    /// it](super::Flow::asks_last_call).
    pub last_call: Option<Wall>,
}

impl<'a> Facts<'a> {
    /// Creates facts with only fields and pool.
    pub const fn new(fields: &'a Fields, pool: usize) -> Self {
        Self { fields, pool, needed: None, source: None, last_call: None }
    }
}

/// An event for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The flow begins. Repeats are ignored.
    Start,
    /// The caller pressed a key: `0`–`9`, `*`, `#` or `A`–`D`.
    Digit(char),
    /// The latest [`super::Output::Play`] ended by itself. Not sent for one that was stopped, or
    /// replaced by a later one.
    Played,
    /// Time passed; due when [`super::Run::deadline`] is reached.
    Tick,
    /// [`super::Output::Route`] failed.
    NotRouted(NotRouted),
    /// The field of [`super::Output::Field`] is set, and the facts are refreshed.
    FieldSet,
    /// [`super::Output::Record`] has ended: by silence, by the maximum length, or by
    /// [`super::Output::StopRecording`].
    Recorded {
        /// Name of the recording: a file under the recordings' directory, or a carrier's URL.
        /// `None` if there was no speech, or it could not be stored.
        place: Option<String>,
        /// Length of the recording.
        length: Duration,
    },
    /// [`super::Output::Dial`] failed.
    NotDialled(NotDialled),
    /// [`super::Output::Lookup`] has ended: the fields that were found, in the order of the request
    /// (see [`super::found`]); `None` without a readable answer in time.
    LookedUp(Option<Vec<(FieldName, String)>>),
}

/// Reason why a fixed destination was not connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotDialled {
    /// The destination is busy.
    Busy,
    /// The destination did not answer in time.
    NoAnswer,
    /// The destination refused the call, or was not reached.
    Failed,
}

impl NotDialled {
    /// Every reason.
    pub const ALL: &'static [NotDialled] =
        &[NotDialled::Busy, NotDialled::NoAnswer, NotDialled::Failed];

    /// Returns the name of the branch inside `<Dial>`.
    pub const fn name(self) -> &'static str {
        match self {
            NotDialled::Busy => "Busy",
            NotDialled::NoAnswer => "NoAnswer",
            NotDialled::Failed => "Failed",
        }
    }
}

/// Reason why a call was not routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotRouted {
    /// No buyer took the call, or the reasons are mixed.
    NoBuyer,
    /// The contracts that would take the call are outside their hours.
    Closed,
    /// The contracts that would take the call have no capacity left.
    Capped,
    /// No contract takes such a call.
    NoMatch,
}

impl NotRouted {
    /// Every reason.
    pub const ALL: &'static [NotRouted] =
        &[NotRouted::NoBuyer, NotRouted::Closed, NotRouted::Capped, NotRouted::NoMatch];

    /// Returns the name of the branch inside `<Route>`.
    pub const fn name(self) -> &'static str {
        match self {
            NotRouted::NoBuyer => "NoBuyer",
            NotRouted::Closed => "Closed",
            NotRouted::Capped => "Capped",
            NotRouted::NoMatch => "NoMatch",
        }
    }
}
