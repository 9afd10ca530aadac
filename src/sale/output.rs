//! The outputs of a sale.

use std::fmt;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::HoldId;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Skip;
use crate::caps::Settle;
use crate::flow::NotRouted;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;

use super::Bidding;
use crate::base::CanceledBecause;

/// A request to the channel. Its answer is the [`Input`](super::Input) of the same name.
#[derive(Debug)]
pub enum Output {
    /// Decide without bids, turns or other effects, to know who may be asked for a bid. Answer:
    /// `Surveyed`.
    Survey(Box<Inquiry>),
    /// Ask these bidders. Answers: one `Bid` each; bids after the window are too late.
    Ask(Bidding),
    /// Decide which buyers to try, in which order. Answer: `Decided`.
    Decide(Box<Inquiry>, Bids),
    /// Reserve a unit of every cap of the pick. Answer: `Held`. One request is pending at a time.
    Hold {
        /// Id of the reservation.
        hold: HoldId,
        /// The pick.
        pick: Box<Pick>,
    },
    /// Settle a reservation, or a part of it.
    Settle {
        /// The reservation.
        hold: HoldId,
        /// How it is settled.
        how: Settle,
    },
    /// Ask the buyer of this attempt to confirm its bid. Answer: `Confirmed`. The wave is tried once
    /// every answer is known.
    Confirm(AttemptId),
    /// Try these attempts together. Answers: `Accepted`, `Lost` or `Unknown` for each.
    Try(Wave),
    /// Stop an attempt that has not been delivered.
    Cancel {
        /// The attempt.
        attempt: AttemptId,
        /// Reason.
        because: CanceledBecause,
    },
    /// The attempt won. Answer: `Delivered` or `Lost`.
    Won(AttemptId),
    /// The inquiry is sold: to as many as wanted, or to all who took it.
    Sold,
    /// No buyer takes the inquiry: the next `Sell` may come.
    Unsold(NotRouted),
    /// An event to show to users.
    Event(Event),
}

/// Attempts that are tried together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// The attempts.
    pub attempts: Vec<AttemptId>,
    /// Ring timeout of each attempt.
    pub ring_timeout: Duration,
}

/// Event of a sale that users see.
#[derive(Debug, Clone)]
pub enum Event {
    /// The router decided.
    Decided(Box<Decision>),
    /// A pick was skipped because a cap was full when the hold was requested.
    CapFull {
        /// The contract.
        contract: ContractId,
        /// The full cap.
        cap: Skip,
    },
    /// A buyer is tried.
    Tried {
        /// The contract.
        contract: ContractId,
        /// The wave, from 1: attempts of one wave ring together.
        wave: u32,
    },
    /// A buyer's phone rings.
    Rings {
        /// The contract.
        contract: ContractId,
        /// Time from dialing to the first sign of ringing, in milliseconds.
        post_dial_delay_ms: u64,
    },
    /// An attempt ended.
    Ended {
        /// The contract.
        contract: ContractId,
        /// Outcome of the attempt.
        outcome: Outcome,
        /// The buyer's final SIP status, if there was one.
        status: Option<u16>,
    },
    /// No buyer took the inquiry for this offer; it is sold elsewhere.
    HandedOn {
        /// The offer.
        offer: OfferId,
        /// Destination.
        to: HandedTo,
    },
}

/// Where an unsold inquiry goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedTo {
    /// Another offer.
    Offer(OfferId),
    /// The catch-all buyer.
    Buyer(BuyerId),
}

impl fmt::Display for HandedTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandedTo::Offer(offer) => write!(f, "handed on to offer {offer}"),
            HandedTo::Buyer(buyer) => write!(f, "goes to catch-all buyer {buyer}"),
        }
    }
}
