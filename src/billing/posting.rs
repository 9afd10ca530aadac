//! What is posted to the ledger: who owes what to whom, for which sale, and because of what.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::Money;
use crate::base::SourceId;
use crate::base::Wall;

/// One line of the ledger. A sale has at most one of a kind for each cause: what happens again
/// posts nothing, and a correction is a posting with a cause of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The sale: the attempt that won.
    pub sale: AttemptId,
    /// What it is, and whose.
    pub kind: PostingKind,
    /// What happened.
    pub cause: Cause,
    /// How much; its sign is that of the kind.
    pub amount: Money,
    /// When it happened.
    pub at: Wall,
    /// Who made it, and why, in words; may be empty.
    pub by: Author,
}

/// What a posting is, and whose account it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
    /// What a buyer owes.
    Revenue(BuyerId),
    /// What a source is owed.
    Payout(SourceId),
    /// What is left: revenue less payout. Below zero when the source costs more.
    Margin,
    /// What budgets get back of a price that was taken from them when the buyer was rung; below
    /// zero.
    Budget,
    /// What a buyer's balance is charged; below zero.
    Charge(BuyerId),
    /// What a buyer's balance gets back of a charge.
    Return(BuyerId),
}

/// The id of the event that a posting comes from: the call, of what its end owes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cause(String);

/// Who made a posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Their name; of what the program works out, `call`.
    pub who: String,
    /// Why, in words; of a charge, the contract.
    pub note: String,
}

impl PostingKind {
    /// The kind's word.
    pub const fn name(&self) -> &'static str {
        match self {
            PostingKind::Revenue(_) => "revenue",
            PostingKind::Payout(_) => "payout",
            PostingKind::Margin => "margin",
            PostingKind::Budget => "budget",
            PostingKind::Charge(_) => "charge",
            PostingKind::Return(_) => "return",
        }
    }

    /// Whether it changes what a buyer who pays in advance has left.
    pub const fn is_in_balance(&self) -> bool {
        match self {
            PostingKind::Charge(_) | PostingKind::Return(_) => true,
            PostingKind::Revenue(_)
            | PostingKind::Payout(_)
            | PostingKind::Margin
            | PostingKind::Budget => false,
        }
    }

    /// Whose account it is in: a buyer's or a source's id, none for our own.
    pub fn party(&self) -> Option<&str> {
        match self {
            PostingKind::Revenue(buyer)
            | PostingKind::Charge(buyer)
            | PostingKind::Return(buyer) => Some(buyer.as_str()),
            PostingKind::Payout(source) => Some(source.as_str()),
            PostingKind::Margin | PostingKind::Budget => None,
        }
    }
}

impl Cause {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<CallId> for Cause {
    fn from(call: CallId) -> Self {
        Self(call.to_string())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
