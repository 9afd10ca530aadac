//! Journal of a call: its inputs, and the replies to the machine's questions. The journal
//! determines the machine's state, so that any node can continue any call.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::FieldName;
use crate::base::Now;
use crate::base::Skip;
use crate::base::Wall;
use crate::flow::Flow;
use crate::routing::Decision;
use crate::routing::Trace;
use crate::sale::Confirmation;

use super::BidIn;
use super::Call;
use super::Callback;
use super::Input;
use super::Output;
use super::Swept;
use crate::carrier::Carrier;
use crate::carrier::read;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalLine {
    /// Time of the input.
    pub at: Wall,
    /// The input.
    #[serde(flatten)]
    pub source: Source,
    /// Replies to the machine's questions about this input, in order.
    pub replies: Vec<Reply>,
}

/// Source of a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A request from the carrier: its callback, and its parameters as received.
    Request {
        /// The callback as text.
        #[serde(rename = "errand")]
        callback: String,
        /// Names and values of the parameters.
        params: Vec<(String, String)>,
    },
    /// An operator hung up the call through the carrier.
    HungUp {},
    /// The sweep found that the carrier no longer has the call.
    Swept {
        /// Time at which the call ended.
        ended_at: Wall,
        /// Connected time of the winner, in milliseconds.
        connected_ms: Option<u64>,
    },
}

/// A reply to a question of the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Size of the pool.
    Pool(usize),
    /// A decision without bids, as its trace.
    Surveyed(Box<Trace>),
    /// Answers of bidders.
    Bids(Vec<BidIn>),
    /// Answer to the request that confirms a bid.
    Confirmed(Confirmation),
    /// A decision, as its trace.
    Decided(Box<Trace>),
    /// Result of a hold: the cap that was full, if any.
    Held(Option<Skip>),
    /// Fields that can still change the decision.
    Needed(Option<BTreeSet<FieldName>>),
    /// Time of the caller's last call.
    LastCall(Option<Wall>),
    /// Fields from a web server's answer.
    LookedUp(Option<Vec<(FieldName, String)>>),
    /// Number or address that the carrier rang for a leg.
    LegFound(Option<String>),
    /// Hash of a flow's text; `None` if there was no such flow.
    Loaded(Option<String>),
}

/// A question of the machine, answered by the [`Reply`] of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// [`Output::CountPool`].
    Pool,
    /// [`Output::Survey`].
    Survey,
    /// [`Output::Ask`].
    Bids,
    /// [`Output::Confirm`].
    Confirmation,
    /// [`Output::Decide`].
    Decision,
    /// [`Output::Hold`].
    Hold,
    /// [`Output::FindNeeded`].
    Needed,
    /// [`Output::FindLastCall`].
    LastCall,
    /// [`Output::Lookup`].
    Lookup,
    /// [`Output::FindLeg`].
    Leg,
    /// [`Output::Load`].
    Flow,
}

/// Format of a journal: what its lines contain, and how a call follows from them. A program that
/// writes a newer format can still replay the older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The first format.
    First,
    /// As the first, with the bids on a call.
    Second,
}

/// The format of a journal is unknown to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the call's journal has format {found}, this program plays formats up to {known}: \
     a newer program wrote it"
)]
pub struct UnknownFormat {
    /// Format of the journal.
    pub found: u32,
    /// The newest format that this program knows.
    pub known: u32,
}

/// Why a source or a reply cannot become an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unplayable(&'static str);

/// A journal cannot be replayed: a book or flow that it names is missing, or it is not the journal
/// of this call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the call's journal cannot be played back: {what}")]
pub struct Diverged {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with the line.
    pub what: Unplayable,
}

/// Provides the decisions and flows that replies name.
pub trait World {
    /// Returns the decision with this trace; `None` if its book is missing.
    fn decision(&self, trace: &Trace) -> Option<Decision>;
    /// Returns the flow with this hash; `None` if it is missing.
    fn flow(&self, hash: &str) -> Option<Arc<Flow>>;
}

/// Replays lines into a machine. Discards the machine's outputs, which were carried out when the
/// lines were written.
pub fn replay(call: &mut Call, lines: &[JournalLine], world: &dyn World) -> Result<(), Diverged> {
    for (place, line) in lines.iter().enumerate() {
        play(call, line, world).map_err(|what| Diverged { line: place + 1, what })?;
    }
    Ok(())
}

fn play(call: &mut Call, line: &JournalLine, world: &dyn World) -> Result<(), Unplayable> {
    line.source.apply(call, line.at)?;
    let mut replies = line.replies.iter();
    while let Some(output) = call.poll() {
        if let Some(question) = Question::of(&output) {
            let reply = replies.next().ok_or(Unplayable("a reply is missing"))?;
            reply.apply(call, question, line.at, world)?;
        }
    }
    match replies.next() {
        Some(_) => Err(Unplayable("a reply was not asked for")),
        None => Ok(()),
    }
}

impl Source {
    /// Passes the input to the machine at `at`, live or in a replay. Call [`Call::poll`]
    /// afterwards.
    pub fn apply(&self, call: &mut Call, at: Wall) -> Result<(), Unplayable> {
        let input = self.input(call.carrier())?;
        call.handle(input, Now::from_origin(call.record().started_at, at));
        Ok(())
    }

    fn input(&self, carrier: Carrier) -> Result<Input, Unplayable> {
        match self {
            Self::Request { callback, params } => {
                let callback = match callback.as_str() {
                    "enter" => Callback::Enter,
                    callback => {
                        Callback::parse(callback).ok_or(Unplayable("its callback is unknown"))?
                    }
                };
                let request =
                    read(carrier, params).map_err(|_| Unplayable("its request is unreadable"))?;
                Ok(Input::Request(callback, Box::new(request)))
            }
            Self::HungUp {} => Ok(Input::HungUp),
            Self::Swept { ended_at, connected_ms } => {
                let connected = connected_ms.map(Duration::from_millis);
                Ok(Input::Swept(Swept { ended_at: *ended_at, connected }))
            }
        }
    }
}

impl Reply {
    /// Passes the reply to the machine at `at`, live or in a replay. `world` provides what the
    /// reply names.
    pub fn apply(
        &self,
        call: &mut Call,
        question: Question,
        at: Wall,
        world: &dyn World,
    ) -> Result<(), Unplayable> {
        if self.question() != question {
            return Err(Unplayable("a reply answers another question"));
        }
        let input = self.input(world)?;
        call.handle(input, Now::from_origin(call.record().started_at, at));
        Ok(())
    }

    fn question(&self) -> Question {
        match self {
            Self::Pool(_) => Question::Pool,
            Self::Surveyed(_) => Question::Survey,
            Self::Bids(_) => Question::Bids,
            Self::Confirmed(_) => Question::Confirmation,
            Self::Decided(_) => Question::Decision,
            Self::Held(_) => Question::Hold,
            Self::Needed(_) => Question::Needed,
            Self::LastCall(_) => Question::LastCall,
            Self::LookedUp(_) => Question::Lookup,
            Self::LegFound(_) => Question::Leg,
            Self::Loaded(_) => Question::Flow,
        }
    }

    fn input(&self, world: &dyn World) -> Result<Input, Unplayable> {
        Ok(match self {
            Self::Pool(size) => Input::Pool(*size),
            Self::Surveyed(trace) => {
                let decision = world.decision(trace).ok_or(Unplayable("its book is gone"))?;
                Input::Surveyed(Box::new(decision))
            }
            Self::Bids(bids) => Input::Bids(bids.clone()),
            Self::Confirmed(answer) => Input::Confirmed(answer.clone()),
            Self::Decided(trace) => {
                let decision = world.decision(trace).ok_or(Unplayable("its book is gone"))?;
                Input::Decided(Box::new(decision))
            }
            Self::Held(full) => Input::Held(full.map_or(Ok(()), Err)),
            Self::Needed(needed) => Input::Needed(needed.clone()),
            Self::LastCall(last) => Input::LastCall(*last),
            Self::LookedUp(found) => Input::LookedUp(found.clone()),
            Self::LegFound(to) => Input::LegFound(to.clone()),
            Self::Loaded(Some(hash)) => {
                Input::Loaded(Some(world.flow(hash).ok_or(Unplayable("its flow is gone"))?))
            }
            Self::Loaded(None) => Input::Loaded(None),
        })
    }
}

impl Question {
    /// Returns the question that an output asks; `None` if it asks nothing.
    pub fn of(output: &Output) -> Option<Self> {
        match output {
            Output::CountPool(_) => Some(Self::Pool),
            Output::Survey(_) => Some(Self::Survey),
            Output::Ask { .. } => Some(Self::Bids),
            Output::Confirm { .. } => Some(Self::Confirmation),
            Output::Decide(..) => Some(Self::Decision),
            Output::Hold { .. } => Some(Self::Hold),
            Output::FindNeeded { .. } => Some(Self::Needed),
            Output::FindLastCall(_) => Some(Self::LastCall),
            Output::Lookup { .. } => Some(Self::Lookup),
            Output::FindLeg(_) => Some(Self::Leg),
            Output::Load(_) => Some(Self::Flow),
            Output::Settle { .. } | Output::Event(_) | Output::Finish(_) | Output::Answer(_) => {
                None
            }
        }
    }
}

impl Format {
    /// The format that this program writes.
    pub const CURRENT: Self = Self::Second;

    /// Returns the format's number, as stored.
    pub const fn number(self) -> u32 {
        match self {
            Self::First => 1,
            Self::Second => 2,
        }
    }

    /// Returns the format with this number.
    pub fn of(number: u32) -> Result<Self, UnknownFormat> {
        match number {
            1 => Ok(Self::First),
            2 => Ok(Self::Second),
            found => Err(UnknownFormat { found, known: Self::CURRENT.number() }),
        }
    }
}
