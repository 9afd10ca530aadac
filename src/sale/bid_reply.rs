//! What bidders answer.

use serde::Deserialize;
use serde::Serialize;

use crate::delivery::Offered;

/// Longest text of a buyer that is kept, in bytes: a reason, or the buyer's own id.
pub const REASON_BYTES_MAX: usize = 200;

/// What a bidder answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BidReply {
    /// It offers an amount above zero.
    Offered(Box<Offered>),
    /// It does not want the inquiry.
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

/// What the bidder that is to be dialled answered to the request that confirms its bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// It takes the call.
    Confirmed {
        /// Where the call goes, as the buyer writes it; empty for where the bid says.
        destinations: Vec<String>,
    },
    /// It does not take the call, or was not reached.
    Refused {
        /// What it said, or what failed.
        reason: Option<String>,
    },
}

/// Returns a text of a buyer, cut to [`REASON_BYTES_MAX`], without control characters.
pub fn cut(text: &str) -> String {
    cut_to(text, REASON_BYTES_MAX)
}

/// Returns a text cut to a number of bytes, without control characters.
pub fn cut_to(text: &str, most: usize) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = text.chars().take(most).map(clean).collect();
    let end = (0..=most.min(text.len())).rev();
    let end = end.into_iter().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.truncate(end);
    text
}
