//! What is done to a play, and what is seen of it.

use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::OfferId;
use crate::flow::NotRouted;
use crate::flow::Sound;
use crate::flow::StepId;
use crate::routing::Decision;
use crate::routing::Pick;

use super::Leaver;

/// What happens next. A cue that the play does not wait for changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cue {
    /// The call comes in.
    Begin,
    /// The caller presses these keys, one after the other, then waits.
    Keys(String),
    /// The caller presses nothing until the time is up.
    Silence,
    /// The caller hangs up.
    HangUp,
    /// What becomes of the buyer who rings.
    Rings(Rings),
    /// What a web server's answer holds; `None` when there is none.
    Found(Option<Vec<(FieldName, String)>>),
    /// Without a book: a buyer takes the call.
    Taken,
    /// No buyer takes the call.
    NotTaken(NotRouted),
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rings {
    /// The buyer answers, and the two are connected.
    Answer,
    /// Busy.
    Busy,
    /// Not answered in time.
    NoAnswer,
}

impl Rings {
    /// Returns its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Rings::Answer => "answer",
            Rings::Busy => "busy",
            Rings::NoAnswer => "no answer",
        }
    }
}

/// What the play waits for.
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
    /// [`Cue::Rings`] for a fixed destination, whose number or address this is.
    Dial(String),
    /// [`Cue::Taken`], [`Cue::NotTaken`] or [`Cue::HangUp`]: there is no book.
    Fate,
    /// Nothing: it is over.
    Nothing,
}

/// What is seen, in order.
#[derive(Debug, Clone)]
pub enum Scene {
    /// Another flow begins.
    Flow(FlowName),
    /// The caller enters a step.
    Step(StepId),
    /// The caller hears this.
    Hears(Vec<Sound>),
    /// What was typed at a question.
    Typed(String),
    /// A key that did nothing, as nothing was asked.
    Ignored(char),
    /// A field is known. With a book: the pool before and after, and who left it.
    Learned {
        /// Which field.
        field: FieldName,
        /// Its value.
        value: String,
        /// How many contracts could take the call before, and can now.
        pool: Option<(usize, usize)>,
        /// Those that cannot any more.
        left: Vec<Leaver>,
    },
    /// The caller speaks into a recording.
    Records,
    /// A web server is requested: this address.
    LooksUp(String),
    /// This is kept for reports.
    Tagged {
        /// Under this name.
        name: FieldName,
        /// What.
        value: String,
    },
    /// A fixed destination is dialled.
    Dials(String),
    /// It did not answer.
    NotDialled(Rings),
    /// The call is to be routed, to this offer or to the number's.
    Routes(Option<OfferId>),
    /// What the routing decided.
    Decided(Box<Decision>),
    /// A buyer did not answer.
    Missed {
        /// The buyer's pick.
        pick: Box<Pick>,
        /// Why.
        rings: Rings,
    },
    /// No buyer took it, and the offer's `dq` sells it elsewhere.
    HandedOn(String),
    /// The flow is informed that no buyer took the call.
    NotRouted(NotRouted),
    /// It is over.
    Over(Finale),
}

/// How a call ended.
#[derive(Debug, Clone)]
pub enum Finale {
    /// A buyer has it; none is named without a book.
    Taken(Option<Box<Pick>>),
    /// A fixed destination has it.
    Transferred(String),
    /// No buyer took it, and the flow has no branch for that: the offer's rule in words.
    Unrouted(NotRouted, String),
    /// The flow hung up, or reached its end.
    HungUp,
    /// The flow rejected the call with this SIP status.
    Rejected(u16),
    /// The caller hung up.
    CallerLeft,
    /// The flow goes on in one that is not there.
    NoFlow(FlowName),
}
