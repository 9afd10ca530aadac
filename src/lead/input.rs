//! The inputs of a lead.

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::Outcome;
use crate::base::Skip;
use crate::base::Wall;
use crate::routing::Decision;

/// Longest text of a buyer that is kept, in bytes: a reason, or the buyer's own id of the lead.
pub const REASON_BYTES_MAX: usize = 200;

/// An event, or the answer to a request of the lead.
#[derive(Debug)]
pub enum Input {
    /// The lead is stored: sell it.
    Opened,
    /// [`Output::Survey`](super::Output): the decision without bids.
    Surveyed(Box<Decision>),
    /// [`Output::Ping`](super::Output): what a bidder answered; it may come after the window.
    Bid(ContractId, BidReply),
    /// [`Output::Decide`](super::Output): the buyers to try, in order.
    Decided(Box<Decision>),
    /// [`Output::Hold`](super::Output): the hold was granted, or the cap that is full.
    Held(Result<(), Skip>),
    /// [`Output::Post`](super::Output): what the buyer made of the lead. Also the buyer's later
    /// word on a post whose result was unknown.
    Replied(AttemptId, Reply),
    /// A deadline has passed.
    Tick,
}

/// What a bidder answered to a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BidReply {
    /// It offers an amount above zero.
    Offered {
        /// The amount.
        amount: Money,
        /// The buyer's id of the bid.
        ping_id: Option<String>,
        /// When the bid ends, as the buyer says.
        expires_at: Option<Wall>,
    },
    /// It does not want the lead.
    Declined {
        /// What it said.
        reason: Option<String>,
    },
    /// It names a price that is no amount.
    Unreadable {
        /// The text.
        price: String,
    },
    /// It could not be asked, or its answer could not be read.
    Failed {
        /// What failed.
        reason: String,
    },
}

/// What a buyer made of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It accepted.
    Accepted {
        /// HTTP status of the answer.
        status: Option<u16>,
        /// The buyer's own id of the lead.
        reference: Option<String>,
    },
    /// It did not take the lead, or was not reached: another buyer may get it.
    Lost {
        /// How the attempt ended: declined, failed, or unreachable.
        outcome: Outcome,
        /// HTTP status of the answer; `None` without an answer.
        status: Option<u16>,
        /// What the buyer said, or what failed.
        reason: Option<String>,
    },
    /// The lead was sent, and no answer came that says whether it was accepted.
    Unknown {
        /// What failed.
        reason: String,
    },
}

/// Returns a text of a buyer, cut to [`REASON_BYTES_MAX`], without control characters.
pub(super) fn cut(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = text.chars().take(REASON_BYTES_MAX).map(clean).collect();
    let end = (0..=REASON_BYTES_MAX.min(text.len())).rev();
    let end = end.into_iter().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.truncate(end);
    text
}
