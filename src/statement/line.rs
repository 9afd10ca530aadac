//! One line of a statement: a posting, and the call that it is for.

use serde::Serialize;

use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::Wall;
use crate::billing::AccountKind;

/// A posting, and the call that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Number of the posting. Lines come in the order of time, and then of numbers.
    pub number: u64,
    /// Time of the posting.
    pub at: Wall,
    /// Its kind.
    pub kind: AccountKind,
    /// The call; `None` for a payment.
    pub call: Option<CallId>,
    /// The number that was dialled.
    pub dialled: Option<Phone>,
    /// The caller's number; `None` if it was withheld.
    pub caller: Option<Phone>,
    /// The offer that the call was routed for.
    pub offer: Option<OfferId>,
    /// The contract of the sale. A source does not see it.
    pub contract: Option<ContractId>,
    /// Id of the event that caused the posting: the call, the payment, a correction.
    pub cause: String,
    /// Note; may be empty.
    pub note: String,
    /// Amount, with the sign of its kind.
    pub amount: Money,
}

/// The place of a line, after which the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePlace {
    /// Time of the line.
    pub at: Wall,
    /// Its number.
    pub number: u64,
}

impl Line {
    /// Returns its place.
    pub const fn place(&self) -> LinePlace {
        LinePlace { at: self.at, number: self.number }
    }
}
