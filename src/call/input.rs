//! Inputs of a call.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::GatewayName;
use crate::base::LegId;
use crate::base::Outcome;
use crate::base::PlayId;
use crate::base::Skip;
use crate::base::Wall;
use crate::flow::Flow;
use crate::routing::Decision;
use crate::sale::BidReply;
use crate::sale::Confirmation;
use crate::sip;

use super::Traffic;

/// An event of the call, or the answer to one of its outputs.
#[derive(Debug)]
pub enum Input {
    /// An event of the SIP agent for one of this call's legs.
    Sip(sip::Event),
    /// A leg sent a digit in its audio path (RFC 4733).
    Digit {
        /// The leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The sounds of [`MediaOrder::Play`](super::MediaOrder) have ended.
    Played {
        /// Play that the order named.
        play: PlayId,
    },
    /// A bridged leg has sent no audio for the configured time.
    Silent {
        /// Time since its last audio.
        since: Duration,
    },
    /// A bridged leg has sent audio for the first time.
    Heard {
        /// The leg.
        leg: LegId,
    },
    /// [`MediaOrder::Report`](super::MediaOrder): what was received on a leg.
    Traffic {
        /// The leg.
        leg: LegId,
        /// What was received.
        traffic: Traffic,
    },
    /// [`Output::Open`](super::Output): the record is on disk.
    Opened,
    /// [`Output::Open`](super::Output): the record could not be written.
    NotOpened,
    /// [`Output::CountPool`](super::Output): the number of contracts that may still take the call.
    Pool(usize),
    /// [`Output::Survey`](super::Output): the decision without bids.
    Surveyed(Box<Decision>),
    /// [`Output::Ask`](super::Output): what a bidder answered; it may come after the window.
    Bid(ContractId, BidReply),
    /// [`Output::Confirm`](super::Output): what the buyer answered.
    Confirmed(AttemptId, Confirmation),
    /// [`Output::Decide`](super::Output): the decision, with the order of the buyers.
    Decided(Box<Decision>),
    /// [`Output::Hold`](super::Output): success, or the cap that had no unit left.
    Held(Result<(), Skip>),
    /// [`Output::Prepare`](super::Output): the leg can be dialled.
    Prepared {
        /// The leg.
        leg: LegId,
        /// Address to dial.
        route: Route,
    },
    /// [`Output::Prepare`](super::Output): the leg cannot be dialled.
    Unprepared {
        /// The leg.
        leg: LegId,
        /// Outcome of the attempt.
        outcome: Outcome,
    },
    /// [`Output::Load`](super::Output): the requested flow, if it exists.
    Loaded(Option<Arc<Flow>>),
    /// [`Output::FindNeeded`](super::Output): the fields that may still change who takes the call;
    /// `None` if any field may.
    Needed(Option<BTreeSet<FieldName>>),
    /// [`Output::FindLastCall`](super::Output): the time of the caller's last call, if any.
    LastCall(Option<Wall>),
    /// [`Output::Lookup`](super::Output): the fields in the response; `None` if the lookup failed.
    LookedUp(Option<Vec<(FieldName, String)>>),
    /// [`MediaOrder::Record`](super::MediaOrder): the recording has ended.
    Recorded {
        /// File name of the recording; `None` if the caller said nothing, or it could not be
        /// stored.
        place: Option<String>,
        /// Duration of the recording.
        length: Duration,
    },
    /// A deadline is due.
    Tick,
    /// An operator hangs up: end the call.
    HangUp,
    /// The switch stops: end the call.
    Stop,
}

/// Addresses for dialling a leg.
#[derive(Debug, Clone)]
pub struct Route {
    /// Public address of the switch's RTP socket for the leg.
    pub local: SocketAddr,
    /// Peer that the request is sent to.
    pub peer: sip::Peer,
    /// Whether it takes TCP beside UDP, for a large request.
    pub takes_tcp: bool,
    /// Further sources of the far end's requests.
    pub sources: sip::Sources,
    /// Host in the caller's identities; `None` for our own.
    pub from_domain: Option<String>,
    /// Request-URI.
    pub target: sip::Uri,
    /// The gateway that it is sent to.
    pub gateway: GatewayName,
}
