//! What a call is told, and what it wants done.

use std::sync::Arc;
use std::time::Duration;

use crate::base::FlowName;
use crate::base::HoldId;
use crate::base::Skip;
use crate::base::Wall;
use crate::call::Finished;
use crate::call::Story;
use crate::caps::Settle;
use crate::flow::Flow;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;

use super::Errand;
use crate::carrier::Document;
use crate::carrier::Request;

/// What happened. Each request leads to one [`Output::Answer`]; what the machine asks for on the
/// way is handed in before the next request.
#[derive(Debug)]
pub enum Input {
    /// The carrier asks, or tells.
    Request(Errand, Box<Request>),
    /// Contracts that could take the call now.
    Pool(usize),
    /// The routing core has decided.
    Decided(Box<Decision>),
    /// A hold was granted, or the cap that is full.
    Held(Result<(), Skip>),
    /// The flow that was asked for; `None` when there is no such flow.
    Loaded(Option<Arc<Flow>>),
    /// What the carrier said when we asked it how the call stands. No answer follows.
    Swept(Swept),
}

/// How a call stands that its carrier has not spoken of for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// When the caller's call ended, or was found to have ended.
    pub ended_at: Wall,
    /// How long the leg that answered was connected; `None` when there was none, or it is not
    /// known.
    pub connected: Option<Duration>,
}

/// What to do, in order.
#[derive(Debug)]
pub enum Output {
    /// Say how many contracts could take the call: [`Input::Pool`].
    CountPool(Inquiry),
    /// Decide: [`Input::Decided`].
    Decide(Inquiry),
    /// Take a unit of every cap that the pick touches: [`Input::Held`].
    Hold {
        /// The reservation.
        hold: HoldId,
        /// For whom.
        pick: Box<Pick>,
    },
    /// End a hold.
    Settle {
        /// The reservation.
        hold: HoldId,
        /// How.
        how: Settle,
    },
    /// Hand in a flow: [`Input::Loaded`].
    Load(FlowName),
    /// Tell whoever listens.
    Story(Story),
    /// The record is final: store it with the answer.
    Finish(Box<Finished>),
    /// What the carrier gets. Nothing is answered before everything above is stored.
    Answer(Document),
}
