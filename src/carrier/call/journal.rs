//! A call's journal: what was told, and what the machine was told back on the way. A machine is
//! a function of its journal, so that any node can go on with any call.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::base::FieldName;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Skip;
use crate::base::Wall;
use crate::flow::Flow;
use crate::routing::Decision;
use crate::routing::Trace;

use super::Call;
use super::Errand;
use super::Input;
use super::Output;
use super::Swept;
use crate::carrier::read;

/// The format of the lines that this program writes. It plays lines of every older one.
pub const LINE_FORMAT: u32 = 1;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its format; lines from before there were formats are of the first.
    #[serde(default = "first_format")]
    pub format: u32,
    /// When.
    pub at: Wall,
    /// What was told.
    #[serde(flatten)]
    pub source: Source,
    /// What the machine asked for on the way, in order.
    pub replies: Vec<Reply>,
}

fn first_format() -> u32 {
    1
}

/// Where a line came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A request of the carrier: its errand, and its parameters as they came.
    Request {
        /// The errand's text.
        errand: String,
        /// Names and values.
        params: Vec<(String, String)>,
    },
    /// The sweep found that the carrier no longer holds the call.
    Swept {
        /// When it ended.
        ended_at: Wall,
        /// How long the winner was connected, in milliseconds.
        connected_ms: Option<u64>,
    },
}

/// What the machine was told back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The pool's size.
    Pool(usize),
    /// A decision, as its trace.
    Decided(Box<Trace>),
    /// A hold; the cap that was full.
    Held(Option<Skip>),
    /// Fields that may still matter.
    Needed(Option<BTreeSet<FieldName>>),
    /// When the caller called last.
    LastCall(Option<Wall>),
    /// What a web server's answer held.
    LookedUp(Option<Vec<(FieldName, String)>>),
    /// Whom a leg was rung for.
    LegFound(Option<String>),
    /// A flow, by the hash of its text; none when there was no such flow.
    Loaded(Option<String>),
}

/// A journal cannot be played back: it was written by another version of the program, or what it
/// names is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the call's journal cannot be played back: {what}")]
pub struct Diverged {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Where a journal's decisions and flows come from.
pub trait World {
    /// The decision of a trace.
    fn decision(&self, trace: &Trace) -> Option<Decision>;
    /// The flow of a hash.
    fn flow(&self, hash: &str) -> Option<Arc<Flow>>;
}

/// The instant of a call: its monotonic clock begins with the call, so that it is the same
/// wherever the call is played.
pub fn moment(started_at: Wall, at: Wall) -> Now {
    Now { mono: Mono::default() + at.since(started_at), wall: at }
}

/// Plays lines into a machine. What it wants done was done when they were written.
pub fn replay(call: &mut Call, lines: &[Line], world: &dyn World) -> Result<(), Diverged> {
    for (place, line) in lines.iter().enumerate() {
        play(call, line, world).map_err(|what| Diverged { line: place + 1, what })?;
    }
    Ok(())
}

fn play(call: &mut Call, line: &Line, world: &dyn World) -> Result<(), &'static str> {
    if line.format > LINE_FORMAT {
        return Err("a newer program wrote it");
    }
    let now = moment(call.record().started_at, line.at);
    call.handle(input(call, &line.source)?, now);
    let mut replies = line.replies.iter();
    while let Some(output) = call.poll() {
        let input = match output {
            Output::CountPool(_) => match replies.next() {
                Some(Reply::Pool(size)) => Input::Pool(*size),
                Some(_) | None => return Err("the pool's size is missing"),
            },
            Output::Decide(_) => match replies.next() {
                Some(Reply::Decided(trace)) => {
                    let decision = world.decision(trace).ok_or("its book is gone")?;
                    Input::Decided(Box::new(decision))
                }
                Some(_) | None => return Err("the decision is missing"),
            },
            Output::FindNeeded { .. } => match replies.next() {
                Some(Reply::Needed(needed)) => Input::Needed(needed.clone()),
                Some(_) | None => return Err("the fields that matter are missing"),
            },
            Output::FindLastCall(_) => match replies.next() {
                Some(Reply::LastCall(last)) => Input::LastCall(*last),
                Some(_) | None => return Err("the caller's last call is missing"),
            },
            Output::FindLeg(_) => match replies.next() {
                Some(Reply::LegFound(to)) => Input::LegFound(to.clone()),
                Some(_) | None => return Err("the winner's leg is missing"),
            },
            Output::Lookup { .. } => match replies.next() {
                Some(Reply::LookedUp(found)) => Input::LookedUp(found.clone()),
                Some(_) | None => return Err("the web server's answer is missing"),
            },
            Output::Hold { .. } => match replies.next() {
                Some(Reply::Held(full)) => Input::Held(full.map_or(Ok(()), Err)),
                Some(_) | None => return Err("the hold's answer is missing"),
            },
            Output::Load(_) => match replies.next() {
                Some(Reply::Loaded(Some(hash))) => {
                    Input::Loaded(Some(world.flow(hash).ok_or("its flow is gone")?))
                }
                Some(Reply::Loaded(None)) => Input::Loaded(None),
                Some(_) | None => return Err("the flow is missing"),
            },
            Output::Settle { .. } | Output::Story(_) | Output::Finish(_) | Output::Answer(_) => {
                continue;
            }
        };
        call.handle(input, now);
    }
    Ok(())
}

fn input(call: &Call, source: &Source) -> Result<Input, &'static str> {
    match source {
        Source::Request { errand, params } => {
            let errand = match errand.as_str() {
                "enter" => Errand::Enter,
                errand => Errand::parse(errand).ok_or("its errand is unknown")?,
            };
            let request = read(call.carrier(), params).map_err(|_| "its request is unreadable")?;
            Ok(Input::Request(errand, Box::new(request)))
        }
        Source::Swept { ended_at, connected_ms } => {
            let connected = connected_ms.map(std::time::Duration::from_millis);
            Ok(Input::Swept(Swept { ended_at: *ended_at, connected }))
        }
    }
}
