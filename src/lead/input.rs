//! The inputs of a lead.

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::Outcome;
use crate::base::Skip;
use crate::routing::Decision;
use crate::sale::BidReply;

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
    /// Somebody says what became of a post whose result is unknown.
    Settled(AttemptId, Settled),
    /// A deadline has passed.
    Tick,
}

/// What somebody says of a post whose result is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What became of it.
    pub result: SettledAs,
    /// Who says so: a token or a user.
    pub by: String,
}

/// What became of a post whose result was unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SettledAs {
    /// The buyer has the lead.
    Accepted {
        /// The buyer's own id of the lead.
        #[serde(default)]
        reference: Option<String>,
    },
    /// The buyer does not have the lead: another one may get it.
    Rejected {
        /// Why.
        #[serde(default)]
        reason: Option<String>,
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
