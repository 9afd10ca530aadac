//! Outputs of a call.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::GatewayName;
use crate::base::HoldId;
use crate::base::LegId;
use crate::base::Money;
use crate::base::Phone;
use crate::base::PlayId;
use crate::book::Destination;
use crate::caps::Settle;
use crate::flow::Flow;
use crate::flow::Pointer;
use crate::flow::Sound;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::sale::AttemptRecord;
use crate::sdp;
use crate::sdp::SdpError;
use crate::sip;

use super::CallEvent;
use super::CallRecord;

/// An action for the shell to carry out. The answer to a question is the [`Input`](super::Input) of
/// the same name.
#[derive(Debug)]
pub enum Output {
    /// A command for the SIP agent.
    Sip(sip::Command),
    /// An order for the call's media.
    Media(MediaOrder),
    /// Count the contracts that may still take the call. Answer: `Pool`.
    CountPool(Inquiry),
    /// Find the unknown fields that may still change who takes the call. The offers are the
    /// inquiry's and those that the flow, and the flows it redirects to, route for. Answer:
    /// `Needed`.
    FindNeeded {
        /// Inquiry for the number's own offer.
        inquiry: Box<Inquiry>,
        /// Flow that asks.
        flow: Arc<Flow>,
    },
    /// Find the caller's last call before this one. Answer: `LastCall`.
    FindLastCall(Phone),
    /// Send a request to a web server. Answer: `LookedUp`.
    Lookup {
        /// An `https` URL.
        url: String,
        /// Timeout for the whole response.
        timeout: Duration,
        /// Fields to read from the JSON response: [`flow::found`](crate::flow::found).
        sets: Vec<(Pointer, FieldName)>,
    },
    /// Decide without bids, turns or other effects, to know who may be asked for a bid. Answer:
    /// `Surveyed`.
    Survey(Box<Inquiry>),
    /// Ask the buyers of these contracts for a bid, all at once. Answers: one `Bid` each, of which
    /// those within the window count.
    Ask {
        /// The contracts.
        contracts: Vec<ContractId>,
        /// Time for the bids.
        window: Duration,
        /// What is known of the call.
        inquiry: Box<Inquiry>,
    },
    /// Decide which buyers to ring, and in which order. Answer: `Decided`.
    Decide(Inquiry, Bids),
    /// Ask the buyer of an attempt to confirm its bid. Answer: `Confirmed`.
    Confirm {
        /// The attempt.
        attempt: AttemptId,
        /// Its contract.
        contract: ContractId,
        /// The bid.
        price: Money,
        /// The buyer's id of the bid.
        ping_id: Option<String>,
        /// What is known of the call.
        inquiry: Box<Inquiry>,
    },
    /// Reserve a unit of every cap that applies to the pick. Answer: `Held`.
    Hold {
        /// Id of the reservation.
        hold: HoldId,
        /// Pick to reserve for.
        pick: Box<Pick>,
    },
    /// End a reservation, or a part of it.
    Settle {
        /// The reservation.
        hold: HoldId,
        /// Way to end it.
        how: Settle,
    },
    /// Bind RTP sockets for a leg and resolve its address. Answer: `Prepared` or `Unprepared`.
    Prepare {
        /// The leg.
        leg: LegId,
        /// Destination of the contract.
        destination: Arc<Destination>,
        /// Gateways that were dialled for it, and why each failed.
        failed: Vec<(GatewayName, sip::Refusal)>,
    },
    /// Write the record of a call that begins. Answer: `Opened` or `NotOpened`.
    Open(Box<CallRecord>),
    /// Write the attempts that are about to be dialled, and their decisions. They are dialled once
    /// this is durable.
    Attempted {
        /// Attempts of the call so far.
        attempts: Vec<AttemptRecord>,
        /// Decisions since the last `Attempted`.
        decisions: Vec<Decision>,
    },
    /// Write the record so far.
    Update(Box<CallRecord>),
    /// Heartbeat of a live call: renew its record and its holds.
    Beat {
        /// Hold of the connected buyer, if any.
        holds: Vec<HoldId>,
    },
    /// Write the finished record, which does not change afterwards.
    Finish(Box<Finished>),
    /// Load another flow. Answer: `Loaded`.
    Load(FlowName),
    /// Log that a far end's SDP cannot be used: the offer is rejected, the leg is ended, or the
    /// call goes on as before.
    SdpRefused {
        /// Address of the leg's SIP peer.
        peer: IpAddr,
        /// Why the SDP cannot be used.
        error: SdpError,
    },
    /// Log that a far end refused SRTP, and is offered plain RTP.
    SrtpRefused {
        /// Address of the leg's SIP peer.
        peer: IpAddr,
    },
    /// An event of the call, for the subscribers of its events.
    Event(CallEvent),
    /// Every leg has ended: this is the last output.
    Done,
}

/// The record and decisions of a call that has ended.
#[derive(Debug)]
pub struct Finished {
    /// The record.
    pub record: CallRecord,
    /// All decisions, in order.
    pub decisions: Vec<Decision>,
}

/// An order for the call's media task.
#[derive(Debug)]
pub enum MediaOrder {
    /// Drop what the leg's far end sent before its answer: early media that the caller did not hear.
    DropEarly {
        /// Leg that is not open yet.
        leg: LegId,
    },
    /// Send and receive on the leg, whose far end is known.
    Open {
        /// The leg.
        leg: LegId,
        /// Negotiated media.
        media: sdp::Media,
    },
    /// Apply the leg's new negotiation.
    Update {
        /// The leg.
        leg: LegId,
        /// Negotiated media.
        media: sdp::Media,
    },
    /// Report what was received on the leg so far. Answer: `Traffic`, also if the leg is not open.
    Report {
        /// The leg.
        leg: LegId,
    },
    /// Close the leg, which has ended, and free its sockets.
    Close {
        /// The leg.
        leg: LegId,
    },
    /// Play sounds, in place of the current play. Answer: `Played`.
    Play {
        /// Leg to play on.
        leg: LegId,
        /// Sounds to play, in order.
        sounds: Vec<Sound>,
        /// Id that the answer carries.
        play: PlayId,
    },
    /// Record a leg, after a tone if requested, in place of the current play. Answer: always
    /// `Recorded`, even if the leg is closed meanwhile.
    Record {
        /// Leg to record.
        leg: LegId,
        /// Name and limits of the recording.
        recorder: Recorder,
    },
    /// End a leg's recording.
    StopRecording {
        /// Leg that is recorded.
        leg: LegId,
    },
    /// Play ringback until stopped.
    Ringback {
        /// Leg to play on.
        leg: LegId,
        /// Sound to repeat in place of the tone.
        sound: Option<Sound>,
    },
    /// Stop the current play.
    StopPlayback {
        /// Leg that is played to.
        leg: LegId,
    },
    /// Play hold music or a tone on a bridged leg, as long as its partner, who holds, sends no
    /// audio.
    Hold {
        /// Leg of the party that waits.
        leg: LegId,
    },
    /// End what `Hold` began.
    Resume {
        /// Leg of the party that waited.
        leg: LegId,
    },
    /// Let the caller hear what a leg sends before its answer, until the two are bridged.
    EarlyMedia {
        /// The buyer's leg.
        buyer: LegId,
        /// The caller's leg.
        caller: LegId,
    },
    /// Bridge two legs.
    Bridge {
        /// The caller's leg.
        caller: LegId,
        /// The buyer's leg.
        buyer: LegId,
    },
    /// End a bridge; both legs stay open.
    Unbridge {
        /// The caller's leg.
        caller: LegId,
    },
}

/// Name and limits of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorder {
    /// File name: the call's id and a number.
    pub name: String,
    /// Longest recording.
    pub max: Duration,
    /// Silence that ends the recording.
    pub silence: Duration,
    /// Whether the caller hears a tone first.
    pub beep: bool,
}
