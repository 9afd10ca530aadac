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

/// Something that the channel carries out. A question's answer comes back as the
/// [`Input`](super::Input) of the same name.
#[derive(Debug)]
pub enum Output {
    /// Ask these bidders. Answers: `Bid`, one each; after the window the rest are too late.
    Ask(Bidding),
    /// Who is tried, in which order? Answer: `Decided`.
    Decide(Box<Inquiry>, Bids),
    /// Reserve a unit of every cap that the pick touches. Answer: `Held`. One is asked at a time.
    Hold {
        /// The reservation's id.
        hold: HoldId,
        /// The pick.
        pick: Box<Pick>,
    },
    /// End a reservation, or a part of it.
    Settle {
        /// The reservation.
        hold: HoldId,
        /// How it ends.
        how: Settle,
    },
    /// Try these, together. Answers: `Accepted`, `Lost` or `Unknown` for each.
    Try(Wave),
    /// Stop an attempt that has not been delivered.
    Cancel {
        /// The attempt.
        attempt: AttemptId,
        /// Why.
        because: CanceledBecause,
    },
    /// The attempt has won. Answer: `Delivered` or `Lost`.
    Won(AttemptId),
    /// It was delivered to as many as it is sold to, or to all who took it.
    Sold,
    /// No buyer takes it: the next `Sell` may come.
    Unsold(NotRouted),
    /// Something happened that people want to see.
    Event(Event),
}

/// Attempts that are made together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// The attempts.
    pub attempts: Vec<AttemptId>,
    /// How long each may take to be accepted.
    pub ring_timeout: Duration,
}

/// What happens while an inquiry is sold, for people.
#[derive(Debug, Clone)]
pub enum Event {
    /// The routing core decided.
    Decided(Box<Decision>),
    /// A pick was passed over because a cap was full when its unit was asked for.
    CapFull {
        /// The contract.
        contract: ContractId,
        /// Which cap.
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
        /// Milliseconds from dialling to the first sign of ringing.
        post_dial_delay_ms: u64,
    },
    /// An attempt is over.
    Ended {
        /// The contract.
        contract: ContractId,
        /// How it ended.
        outcome: Outcome,
        /// The buyer's final SIP status, if there was one.
        status: Option<u16>,
    },
    /// No buyer took it for this offer: it is sold elsewhere.
    HandedOn {
        /// The offer.
        offer: OfferId,
        /// Where it goes.
        to: HandedTo,
    },
}

/// Where an inquiry goes that no buyer took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedTo {
    /// It is sold for another offer.
    Offer(OfferId),
    /// It goes to the catch-all buyer.
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
