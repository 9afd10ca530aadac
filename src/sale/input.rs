//! The inputs of a sale.

use crate::base::AttemptId;
use crate::base::Outcome;
use crate::base::Skip;
use crate::billing::Bill;
use crate::routing::Bid;
use crate::routing::Decision;

use super::Terms;
use crate::base::CanceledBecause;

/// Something that happened, or the answer to something the sale asked for.
#[derive(Debug)]
pub enum Input {
    /// Sell this. Ignored while something is being sold.
    Sell(Box<Terms>),
    /// [`Output::Ask`](super::Output): a bidder answered.
    Bid(Bid),
    /// [`Output::Decide`](super::Output): who is tried, in which order.
    Decided(Box<Decision>),
    /// [`Output::Hold`](super::Output): whether every cap had a unit left; the one that had not.
    Held(Result<(), Skip>),
    /// The buyer took it: no other buyer may, unless it is shared.
    Accepted(AttemptId),
    /// The buyer who took it has it: caller and buyer are bridged, the lead is delivered.
    Delivered(AttemptId),
    /// The buyer did not take it, or was lost before having it.
    Lost(AttemptId, Loss),
    /// The channel no longer tries the buyer, who gave no answer of their own.
    Canceled(AttemptId, CanceledBecause),
    /// Whether the buyer took it is not known. The hold stays, and no other buyer is tried until it
    /// is [accepted](Input::Accepted) or [lost](Input::Lost).
    Unknown(AttemptId),
    /// What the delivery came to: the hold ends.
    Billed(AttemptId, Bill),
    /// The buyer who had it is gone and the inquiry is still there: the next pick is tried.
    Reopened,
    /// A unit of some cap may be free.
    Freed,
    /// A deadline has come.
    Tick,
    /// The inquiry is no longer for sale.
    Withdrawn(CanceledBecause),
}

/// How an attempt was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// How it ended.
    pub outcome: Outcome,
    /// The final SIP status, if there was one.
    pub status: Option<u16>,
}

impl Loss {
    /// Without a SIP status.
    pub const fn new(outcome: Outcome) -> Self {
        Self { outcome, status: None }
    }
}
