//! The outputs of a lead.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::HoldId;
use crate::caps::Settle;
use crate::routing::Bids;
use crate::routing::Inquiry;
use crate::routing::Pick;

/// A request to the shell, which carries requests out in order. Its answer is the
/// [`Input`](super::Input) of the same name.
#[derive(Debug)]
pub enum Output {
    /// Store the record as it is now. Nothing that follows may happen before it is stored.
    Record,
    /// Decide without bids, turns or other effects, to know who may be asked for a bid. Answer:
    /// `Surveyed`.
    Survey(Box<Inquiry>),
    /// Ask the buyers of these contracts for a bid, all at once. Answers: one `Bid` each, of which
    /// those within the window count.
    Ping {
        /// The contracts.
        contracts: Vec<ContractId>,
        /// Time for the bids.
        window: Duration,
    },
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
    /// Post the lead to the buyer of this attempt. Answer: `Replied`.
    Post(AttemptId),
}
