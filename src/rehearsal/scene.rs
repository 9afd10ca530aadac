//! Cues for a play, and the scenes that it shows.

use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::OfferId;
use crate::flow::NotRouted;
use crate::flow::Sound;
use crate::flow::StepId;
use crate::routing::Decision;
use crate::routing::Pick;

use super::Leaver;

/// Next event. A cue that the play does not wait for is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cue {
    /// The call arrives.
    Begin,
    /// The caller presses these keys, one after the other, then waits.
    Keys(String),
    /// The caller presses no key until the time runs out.
    Silence,
    /// The caller hangs up.
    HangUp,
    /// Result of ringing the buyer.
    Rings(Rings),
    /// Fields of a web server's answer; `None` without an answer.
    Found(Option<Vec<(FieldName, String)>>),
    /// Without a book: a buyer takes the call.
    Taken,
    /// No buyer takes the call.
    NotTaken(NotRouted),
}

/// Result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rings {
    /// The buyer answers, and the call is bridged.
    Answer,
    /// The buyer is busy.
    Busy,
    /// The buyer does not answer in time.
    NoAnswer,
}

impl Rings {
    /// Returns the name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Rings::Answer => "answer",
            Rings::Busy => "busy",
            Rings::NoAnswer => "no answer",
        }
    }
}

/// Cue that the play waits for.
#[derive(Debug, Clone)]
pub enum Wants {
    /// [`Cue::Begin`].
    Begin,
    /// [`Cue::Keys`], [`Cue::Silence`] or [`Cue::HangUp`].
    Keys,
    /// [`Cue::Rings`] for this pick; or [`Cue::NotTaken`], or [`Cue::HangUp`].
    Ring(Box<Pick>),
    /// [`Cue::Found`] for these fields.
    Lookup(Vec<FieldName>),
    /// [`Cue::Rings`] for a fixed destination with this number or address.
    Dial(String),
    /// [`Cue::Taken`], [`Cue::NotTaken`] or [`Cue::HangUp`]: there is no book.
    Fate,
    /// Nothing: the call is over.
    Nothing,
}

/// Scenes that a play shows, in order.
#[derive(Debug, Clone)]
pub enum Scene {
    /// Another flow begins.
    Flow(FlowName),
    /// The caller enters a step.
    Step(StepId),
    /// The caller hears this.
    Hears(Vec<Sound>),
    /// Keys that the caller typed at a question.
    Typed(String),
    /// A key that was ignored outside a question.
    Ignored(char),
    /// A field became known. With a book: the pool before and after, and the contracts that left
    /// it.
    Learned {
        /// Name of the field.
        field: FieldName,
        /// Value of the field.
        value: String,
        /// Number of contracts that could take the call before, and can now.
        pool: Option<(usize, usize)>,
        /// Contracts that can no longer take the call.
        left: Vec<Leaver>,
    },
    /// The caller speaks into a recording.
    Records,
    /// A web server is queried at this address.
    LooksUp(String),
    /// A tag is stored for reports.
    Tagged {
        /// Name of the tag.
        name: FieldName,
        /// Value of the tag.
        value: String,
    },
    /// A fixed destination is dialled.
    Dials(String),
    /// The fixed destination did not answer.
    NotDialled(Rings),
    /// The flow routes the call, to this offer or to the number's.
    Routes(Option<OfferId>),
    /// Routing made this decision.
    Decided(Box<Decision>),
    /// A buyer did not answer.
    Missed {
        /// Pick of the buyer.
        pick: Box<Pick>,
        /// Result of the attempt.
        rings: Rings,
    },
    /// No buyer took the call, and the offer's `dq` hands it on.
    HandedOn(String),
    /// The flow is informed that no buyer took the call.
    NotRouted(NotRouted),
    /// The call is over.
    Over(Finale),
}

/// Outcome of a call.
#[derive(Debug, Clone)]
pub enum Finale {
    /// A buyer took the call; `None` without a book.
    Taken(Option<Box<Pick>>),
    /// A fixed destination took the call.
    Transferred(String),
    /// No buyer took the call, and the flow has no branch for that. Holds the offer's rule in
    /// words.
    Unrouted(NotRouted, String),
    /// The flow hung up, or reached its end.
    HungUp,
    /// The flow rejected the call with this SIP status.
    Rejected(u16),
    /// The caller hung up.
    CallerLeft,
    /// The flow redirects to one that does not exist.
    NoFlow(FlowName),
}
