//! Inputs of a call's machine, and its outputs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::HoldId;
use crate::base::Phone;
use crate::base::Skip;
use crate::base::Wall;
use crate::call::CallEvent;
use crate::call::Finished;
use crate::caps::Settle;
use crate::flow::Flow;
use crate::flow::Pointer;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;

use super::Callback;
use crate::carrier::CarrierCallId;
use crate::carrier::Document;
use crate::carrier::Request;

/// What happened. Each request leads to one [`Output::Answer`]; what the machine asks for on the
/// way is handed in before the next request.
#[derive(Debug)]
pub enum Input {
    /// The carrier requests a document, or reports a state.
    Request(Callback, Box<Request>),
    /// Contracts that could take the call now.
    Pool(usize),
    /// The routing core has decided.
    Decided(Box<Decision>),
    /// A hold was granted, or the cap that is full.
    Held(Result<(), Skip>),
    /// The flow that was asked for; `None` when there is no such flow.
    Loaded(Option<Arc<Flow>>),
    /// Fields whose answer can still change which buyer takes the call; `None` when any can.
    Needed(Option<BTreeSet<FieldName>>),
    /// When the caller called last, if ever.
    LastCall(Option<Wall>),
    /// What a web server's answer held; `None` when there was none.
    LookedUp(Option<Vec<(FieldName, String)>>),
    /// Whom the leg was rung for, as the carrier writes it; `None` when it cannot be asked.
    LegFound(Option<String>),
    /// An operator had the carrier hang up. No answer follows.
    HungUp,
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
    /// Say which unknown fields may still change who takes the call, for the offers that the flow
    /// and those behind it name: [`Input::Needed`].
    FindNeeded {
        /// What is known, for the number's own offer.
        inquiry: Box<Inquiry>,
        /// The flow that asks.
        flow: Arc<Flow>,
    },
    /// Say when this caller called last, before this call: [`Input::LastCall`].
    FindLastCall(Phone),
    /// Ask a web server: [`Input::LookedUp`].
    Lookup {
        /// An `https` URL.
        url: String,
        /// How long to wait for the whole answer.
        timeout: Duration,
        /// What is taken from the JSON answer.
        sets: Vec<(Pointer, FieldName)>,
    },
    /// Decide: [`Input::Decided`].
    Decide(Inquiry),
    /// Ask the carrier for the number that this leg rang: [`Input::LegFound`]. It won, and the
    /// reports that name its buyer were lost.
    FindLeg(CarrierCallId),
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
    /// Something happened to the call: for whoever follows its events.
    Event(CallEvent),
    /// The record is final: store it with the answer.
    Finish(Box<Finished>),
    /// What the carrier gets. Nothing is answered before everything above is stored.
    Answer(Document),
}
