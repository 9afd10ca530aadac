//! The outputs of a lead.

use crate::base::AttemptId;
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
