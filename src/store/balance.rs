//! Balances of prepaid buyers: credits, charges and returns. Entries are never changed or removed.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::store::Mutation;

/// Most entries that one query returns.
pub const ENTRIES_MAX: usize = 1_000;

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A payment by the buyer; a correction if negative.
    Credit,
    /// The price of a billable call.
    Charge,
    /// The price of a call, returned to the buyer.
    Return,
}

impl EntryKind {
    /// Returns the kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Credit => "credit",
            EntryKind::Charge => "charge",
            EntryKind::Return => "return",
        }
    }

    /// Returns who makes entries of this kind, for readers who may not see names.
    pub const fn made_by(self) -> &'static str {
        match self {
            EntryKind::Charge => "call",
            EntryKind::Credit | EntryKind::Return => "staff",
        }
    }
}

/// Unique id of a credit: sending the same credit again adds nothing. 1 to 200 visible ASCII
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditId(String);

/// Longest credit id, in bytes.
const CREDIT_ID_BYTES_MAX: usize = 200;

impl CreditId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CreditId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=CREDIT_ID_BYTES_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "invalid credit id: expected 1 to {CREDIT_ID_BYTES_MAX} visible ASCII characters"
        ))
    }
}

impl fmt::Display for CreditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A credit to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// Id of the credit.
    pub id: CreditId,
    /// The buyer whose balance changes.
    pub buyer: BuyerId,
    /// The amount; negative for a correction.
    pub amount: Money,
    /// Free-text note.
    pub note: String,
    /// Who adds the credit, and when.
    pub by: Mutation,
}

/// A call whose price to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedCall {
    /// The call.
    pub call: CallId,
    /// Free-text note.
    pub note: String,
    /// Who returns the price, and when.
    pub by: Mutation,
}

/// The result of adding an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// The entry was added.
    Now(BalanceEntry),
    /// The same entry already exists; nothing changed.
    Before(BalanceEntry),
    /// Another entry with this id exists; nothing changed.
    Other(BalanceEntry),
}

/// One entry in a buyer's balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceEntry {
    /// Number among the entries of all balances; later entries have higher numbers.
    pub sequence: u64,
    /// Kind of the entry.
    pub kind: EntryKind,
    /// Id of the call that was charged or returned; for a credit, the credit's id.
    pub reference: String,
    /// The sale that was charged or returned; `None` for a credit.
    #[serde(skip)]
    pub sale: Option<AttemptId>,
    /// The buyer whose balance changes.
    pub buyer: BuyerId,
    /// Amount added to the balance; negative for a charge.
    pub amount: Money,
    /// Free-text note; may be empty.
    pub note: String,
    /// Who made the entry.
    #[serde(rename = "made_by")]
    pub who: String,
    /// Time of the entry.
    #[serde(rename = "made_at")]
    pub at: Wall,
}

/// A buyer's balance and the sums it consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The buyer.
    pub buyer: BuyerId,
    /// The balance: the sum of the three amounts below.
    pub balance: Money,
    /// The sum of credits.
    pub credited: Money,
    /// The sum of charges; negative.
    pub charged: Money,
    /// The sum of returns.
    pub returned: Money,
}

impl Balance {
    /// Creates the balance of a buyer without entries.
    pub fn zero(buyer: BuyerId, currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { buyer, balance: zero, credited: zero, charged: zero, returned: zero }
    }
}

/// All balances at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balances {
    /// Number of the last entry included; 0 if there are no entries.
    pub sequence: u64,
    /// The balances, by buyer. A buyer with entries in two currencies has two balances.
    pub items: Vec<Balance>,
}
