//! The inputs of a sale.

use crate::base::AttemptId;
use crate::base::Outcome;
use crate::base::Skip;
use crate::billing::Bill;
use crate::routing::Bid;
use crate::routing::Decision;

use super::Confirmation;
use super::Terms;
use crate::base::CanceledBecause;

/// An event, or the answer to a request of the sale.
#[derive(Debug)]
pub enum Input {
    /// Start selling. Ignored while a sale is running.
    Sell(Box<Terms>),
    /// [`Output::Survey`](super::Output): the decision without bids.
    Surveyed(Box<Decision>),
    /// [`Output::Ask`](super::Output): a bidder answered.
    Bid(Bid),
    /// [`Output::Decide`](super::Output): the buyers to try, in order.
    Decided(Box<Decision>),
    /// [`Output::Hold`](super::Output): the hold was granted, or the cap that is full.
    Held(Result<(), Skip>),
    /// [`Output::Confirm`](super::Output): what the buyer answered.
    Confirmed(AttemptId, Confirmation),
    /// The buyer accepted: no other buyer may, unless the inquiry is shared.
    Accepted(AttemptId),
    /// The inquiry was delivered: caller and buyer are bridged, or the lead was sent.
    Delivered(AttemptId),
    /// The buyer did not accept, or was lost before the delivery.
    Lost(AttemptId, Loss),
    /// The channel canceled the attempt before the buyer gave an answer.
    Canceled(AttemptId, CanceledBecause),
    /// Whether the buyer accepted is unknown. The hold stays, and no other buyer is tried until the
    /// attempt is [accepted](Input::Accepted) or [lost](Input::Lost).
    Unknown(AttemptId),
    /// The bill of the delivery: the hold ends.
    Billed(AttemptId, Bill),
    /// The winning buyer left and the inquiry remains: try the next pick.
    Reopened,
    /// A unit of a cap may be free.
    Freed,
    /// A deadline has passed.
    Tick,
    /// The inquiry is no longer for sale.
    Withdrawn(CanceledBecause),
}

/// How an attempt was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Outcome of the attempt.
    pub outcome: Outcome,
    /// The final SIP status, if there was one.
    pub status: Option<u16>,
}

impl Loss {
    /// Creates a loss without a SIP status.
    pub const fn new(outcome: Outcome) -> Self {
        Self { outcome, status: None }
    }
}
