//! Inputs and outputs of a call's state machine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Phone;
use crate::base::Skip;
use crate::base::Wall;
use crate::call::CallEvent;
use crate::call::Finished;
use crate::caps::Settle;
use crate::flow::Flow;
use crate::flow::Pointer;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::sale::BidReply;
use crate::sale::Confirmation;

use super::Callback;
use crate::carrier::CarrierCallId;
use crate::carrier::Document;
use crate::carrier::Request;

/// An input of the machine. Each request leads to one [`Output::Answer`]; the machine's questions
/// are answered before the next request.
#[derive(Debug)]
pub enum Input {
    /// The carrier requests a document or reports a state.
    Request(Callback, Box<Request>),
    /// Number of contracts that could take the call now.
    Pool(usize),
    /// The decision without bids.
    Surveyed(Box<Decision>),
    /// The answers of bidders that came within the window, in the order in which they came.
    Bids(Vec<BidIn>),
    /// What the buyer answered who is asked to confirm its bid.
    Confirmed(Confirmation),
    /// The decision of the routing core.
    Decided(Box<Decision>),
    /// The result of a hold: granted, or the cap that is full.
    Held(Result<(), Skip>),
    /// The requested flow; `None` if there is no such flow.
    Loaded(Option<Arc<Flow>>),
    /// Fields that can still change which buyer takes the call; `None` if any field can.
    Needed(Option<BTreeSet<FieldName>>),
    /// Time of the caller's last call, if any.
    LastCall(Option<Wall>),
    /// Fields from a web server's answer; `None` without an answer.
    LookedUp(Option<Vec<(FieldName, String)>>),
    /// Number or address that the carrier rang for the leg, as the carrier writes it; `None` if the
    /// carrier could not be asked.
    LegFound(Option<String>),
    /// An operator hung up the call through the carrier. No answer follows.
    HungUp,
    /// The state of the call, which we requested from the carrier. No answer follows.
    Swept(Swept),
}

/// The answer of a bidder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidIn {
    /// The contract that was asked.
    pub contract: ContractId,
    /// Time from the request to the answer, in milliseconds.
    pub after_ms: u64,
    /// The answer.
    pub reply: BidReply,
}

/// The end of a call about which the carrier had sent nothing for a long time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Time at which the caller's call ended, or was found to have ended.
    pub ended_at: Wall,
    /// Connected time of the leg that answered; `None` if no leg did, or if the time is unknown.
    pub connected: Option<Duration>,
}

/// An action to carry out, in order.
#[derive(Debug)]
pub enum Output {
    /// Count the contracts that could take the call; answered by [`Input::Pool`].
    CountPool(Inquiry),
    /// Find the unknown fields that can still change which buyer takes the call, for the offers
    /// that this flow and the flows after it name; answered by [`Input::Needed`].
    FindNeeded {
        /// The inquiry so far, for the number's own offer.
        inquiry: Box<Inquiry>,
        /// The current flow.
        flow: Arc<Flow>,
    },
    /// Find the last call of this caller before this call; answered by [`Input::LastCall`].
    FindLastCall(Phone),
    /// Request data from a web server; answered by [`Input::LookedUp`].
    Lookup {
        /// An `https` URL.
        url: String,
        /// Time limit for the complete answer.
        timeout: Duration,
        /// Values to take from the JSON answer, and the fields to set.
        sets: Vec<(Pointer, FieldName)>,
    },
    /// Decide without bids, turns or other effects; answered by [`Input::Surveyed`].
    Survey(Box<Inquiry>),
    /// Ask the buyers of these contracts for a bid, all at once; answered by [`Input::Bids`] when
    /// all have answered or the window is over.
    Ask {
        /// The contracts.
        contracts: Vec<ContractId>,
        /// Time for the bids.
        window: Duration,
        /// What is known of the call.
        inquiry: Box<Inquiry>,
    },
    /// Decide; answered by [`Input::Decided`].
    Decide(Inquiry, Bids),
    /// Ask a buyer to confirm its bid; answered by [`Input::Confirmed`].
    Confirm {
        /// The contract.
        contract: ContractId,
        /// The bid.
        price: Money,
        /// The buyer's id of the bid.
        ping_id: Option<String>,
        /// What is known of the call.
        inquiry: Box<Inquiry>,
    },
    /// Ask the carrier which number it rang for this leg, because the leg won but the reports that
    /// identify its buyer were lost; answered by [`Input::LegFound`].
    FindLeg(CarrierCallId),
    /// Reserve one unit of every cap that the pick counts against; answered by [`Input::Held`].
    Hold {
        /// Id of the reservation.
        hold: HoldId,
        /// The pick to reserve for.
        pick: Box<Pick>,
    },
    /// End a hold.
    Settle {
        /// Id of the reservation.
        hold: HoldId,
        /// How to end it.
        how: Settle,
    },
    /// Load a flow; answered by [`Input::Loaded`].
    Load(FlowName),
    /// Publish an event of the call to its followers.
    Event(CallEvent),
    /// Store the record with the answer; it is final.
    Finish(Box<Finished>),
    /// Send this document to the carrier, after everything above is stored.
    Answer(Document),
}
