//! Returns of sales.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::InquiryId;
use crate::base::Money;
use crate::base::ReturnState;
use crate::base::Wall;
use crate::billing::ReturnRefused;
use crate::call::Scope;

use super::CallOrLead;
use super::Mutation;

/// Most returns of one page.
pub const RETURNS_MAX: usize = 200;

/// Number of a return; later ones have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnId(pub u64);

/// A return of a sale. Its JSON is that of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleReturn {
    /// Number of the return.
    pub id: ReturnId,
    /// The call or lead that was sold.
    #[serde(flatten)]
    pub inquiry: CallOrLead,
    /// Contract of the sale.
    pub contract: ContractId,
    /// The buyer.
    pub buyer: BuyerId,
    /// State of the return.
    pub state: ReturnState,
    /// Reason that was given.
    pub reason: String,
    /// Note that was given; may be empty.
    pub note: String,
    /// What the buyer owed when the return was asked for.
    pub revenue: Option<Money>,
    /// Time of the request.
    pub asked_at: Wall,
    /// Who asked.
    pub asked_by: String,
    /// When the return is accepted by itself; `None` if never.
    pub accept_at: Option<Wall>,
    /// Time of the decision; `None` while the return is open.
    pub decided_at: Option<Wall>,
    /// Who decided; `None` while the return is open.
    pub decided_by: Option<String>,
    /// Note of the decision; may be empty.
    pub decision_note: String,
}

/// A request to return a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedReturn {
    /// The call or lead.
    pub inquiry: InquiryId,
    /// The reason.
    pub reason: String,
    /// A note; may be empty.
    pub note: String,
    /// Whose sales may be returned: a buyer's own, or all.
    pub scope: Scope,
    /// Who asks, and when.
    pub by: Mutation,
}

/// The result of a request to return a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnOutcome {
    /// The return is open.
    Now(SaleReturn),
    /// The sale already has this return; nothing changed.
    Before(SaleReturn),
    /// Refused; nothing changed.
    Refused(ReturnRefused),
    /// No such sale; nothing changed.
    Unknown,
}

/// A decision on a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedReturn {
    /// The return.
    pub id: ReturnId,
    /// What becomes of it.
    pub verdict: ReturnVerdict,
    /// A note; may be empty.
    pub note: String,
    /// Who decides, and when.
    pub by: Mutation,
}

/// What becomes of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnVerdict {
    /// Revenue, and payout if the contract says so, are reversed.
    Accept,
    /// Nothing is reversed.
    Refuse,
}

/// The result of a decision on a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionOutcome {
    /// The return is decided.
    Now(SaleReturn),
    /// It was decided so before; nothing changed.
    Before(SaleReturn),
    /// It was decided otherwise; nothing changed.
    Otherwise(SaleReturn),
    /// No such return.
    Unknown,
}

/// Which returns to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnQuery {
    /// Only returns in this state.
    pub state: Option<ReturnState>,
    /// Only returns of this buyer.
    pub buyer: Option<BuyerId>,
    /// Whose returns may be seen: a buyer's own, or all. A source sees none.
    pub scope: Scope,
}

impl ReturnVerdict {
    /// Returns the state that it leads to.
    pub const fn state(self) -> ReturnState {
        match self {
            ReturnVerdict::Accept => ReturnState::Accepted,
            ReturnVerdict::Refuse => ReturnState::Refused,
        }
    }
}

impl FromStr for ReturnId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is not the number of a return"))
    }
}

impl fmt::Display for ReturnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
