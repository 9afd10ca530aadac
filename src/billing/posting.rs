//! Postings of the ledger: amount, account, sale and cause.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::InquiryId;
use crate::base::Money;
use crate::base::SourceId;
use crate::base::Wall;

/// One line of the ledger. A sale has at most one posting of a kind per cause: a repeated event
/// posts nothing, and a correction has its own cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The sale: the id of the winning attempt.
    pub sale: AttemptId,
    /// Kind and account.
    pub kind: PostingKind,
    /// Event that caused it.
    pub cause: Cause,
    /// Amount, with the sign of its kind.
    pub amount: Money,
    /// Time of the event.
    pub at: Wall,
    /// Author and note; may be empty.
    pub by: Author,
}

/// Kind of a posting, and the account it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
    /// Amount a buyer owes.
    Revenue(BuyerId),
    /// Amount a source is owed.
    Payout(SourceId),
    /// Revenue less payout; negative if the source costs more.
    Margin,
    /// Price returned to the budgets that held it when the buyer was rung; negative.
    Budget,
    /// Charge to a buyer's balance; negative.
    Charge(BuyerId),
    /// Return of a charge to a buyer's balance.
    Return(BuyerId),
}

/// Id of the event that caused a posting: the call or lead, for what its end owes; `conversion:` or
/// `return:` and a number for a correction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cause(String);

/// Author of a posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Name of the author; `call` for postings that the program computes.
    pub who: String,
    /// Note: the reason, or the contract of a charge.
    pub note: String,
}

impl Posting {
    /// Returns whether it makes its sale billable, or bills more for it.
    pub fn converts(&self) -> bool {
        matches!(self.kind, PostingKind::Revenue(_)) && self.amount.micros() >= 0
    }

    /// Returns whether it pays a source more than nothing.
    pub fn pays(&self) -> bool {
        matches!(self.kind, PostingKind::Payout(_)) && self.amount.micros() > 0
    }
}

impl PostingKind {
    /// Returns the name of the kind.
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

    /// Returns whether it changes the balance of a buyer who pays in advance.
    pub const fn is_in_balance(&self) -> bool {
        match self {
            PostingKind::Charge(_) | PostingKind::Return(_) => true,
            PostingKind::Revenue(_)
            | PostingKind::Payout(_)
            | PostingKind::Margin
            | PostingKind::Budget => false,
        }
    }

    /// Returns the buyer whose balance it charges.
    pub fn charged(&self) -> Option<&BuyerId> {
        match self {
            PostingKind::Charge(buyer) => Some(buyer),
            PostingKind::Revenue(_)
            | PostingKind::Payout(_)
            | PostingKind::Margin
            | PostingKind::Budget
            | PostingKind::Return(_) => None,
        }
    }

    /// Returns the account: the id of a buyer or a source; `None` for the operator's own.
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
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Cause {
    /// Returns the cause of what a buyer's report changes, by the number of the report.
    pub fn conversion(number: u64) -> Self {
        Self(format!("conversion:{number}"))
    }

    /// Returns the cause of what the end of a call changes that had been presumed to end before; the
    /// number distinguishes the corrections of a sale.
    pub fn ended(number: u64) -> Self {
        Self(format!("end:{number}"))
    }

    /// Returns the cause of what an accepted return changes, by the number of the return.
    pub fn returned(number: u64) -> Self {
        Self(format!("return:{number}"))
    }

    /// Returns whether the event with this id is an accepted return.
    pub fn is_return(reference: &str) -> bool {
        reference.starts_with("return:")
    }

    /// Returns whether an event after the sale caused the posting, and not the first end of the call.
    /// Holds have not taken its amount.
    pub fn is_correction(reference: &str) -> bool {
        let event = reference.split_once(':').map(|(event, _)| event);
        matches!(event, Some("conversion" | "return" | "end"))
    }
}

impl<I: Into<InquiryId>> From<I> for Cause {
    fn from(inquiry: I) -> Self {
        Self(inquiry.into().to_string())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
