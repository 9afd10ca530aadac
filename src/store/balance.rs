//! Balances of prepaid buyers. Entries are never changed or removed.

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
    /// A payment of the buyer; a correction if negative.
    Credit,
    /// The price of a billable call.
    Charge,
    /// The price of a call, returned to the buyer.
    Return,
}

impl EntryKind {
    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Credit => "credit",
            EntryKind::Charge => "charge",
            EntryKind::Return => "return",
        }
    }

    /// Returns who makes such an entry, for readers who may not see names.
    pub const fn made_by(self) -> &'static str {
        match self {
            EntryKind::Charge => "call",
            EntryKind::Credit | EntryKind::Return => "staff",
        }
    }
}

/// The unique id of a credit: the same credit sent again adds nothing. 1 to 200 visible ASCII
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditId(String);

/// Longest id of a credit, in bytes.
const CREDIT_ID_BYTES_MAX: usize = 200;

impl CreditId {
    /// Returns the text.
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
    /// Its id.
    pub id: CreditId,
    /// The buyer whose balance changes.
    pub buyer: BuyerId,
    /// The amount; negative for a correction.
    pub amount: Money,
    /// A note.
    pub note: String,
    /// Who adds it, and when.
    pub by: Mutation,
}

/// A call whose price to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedCall {
    /// The call.
    pub call: CallId,
    /// A note.
    pub note: String,
    /// Who adds it, and when.
    pub by: Mutation,
}

/// The result of adding an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// The entry was added.
    Now(BalanceEntry),
    /// The same entry already exists; nothing changed.
    Before(BalanceEntry),
    /// Another entry with its id exists; nothing changed.
    Other(BalanceEntry),
}

/// One entry of a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceEntry {
    /// Its number among all entries; later entries have higher numbers.
    pub sequence: u64,
    /// Its kind.
    pub kind: EntryKind,
    /// The call that it is for; for a credit, its own id.
    pub reference: String,
    /// The sale that it is for; `None` for a credit.
    #[serde(skip)]
    pub sale: Option<AttemptId>,
    /// The buyer whose balance changes.
    pub buyer: BuyerId,
    /// The amount it adds; negative for a charge.
    pub amount: Money,
    /// A note; may be empty.
    pub note: String,
    /// Who made it.
    #[serde(rename = "made_by")]
    pub who: String,
    /// When.
    #[serde(rename = "made_at")]
    pub at: Wall,
}

/// The balance of a buyer and its sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The buyer.
    pub buyer: BuyerId,
    /// The balance: the sum of the amounts below.
    pub balance: Money,
    /// The sum of credits.
    pub credited: Money,
    /// The sum of charges; negative.
    pub charged: Money,
    /// The sum of returns.
    pub returned: Money,
}

impl Balance {
    /// Returns the balance of a buyer without entries.
    pub fn zero(buyer: BuyerId, currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { buyer, balance: zero, credited: zero, charged: zero, returned: zero }
    }
}

/// All balances at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balances {
    /// The number of the last entry included; 0 without entries.
    pub sequence: u64,
    /// The balances by buyer. A buyer with entries in two currencies has two.
    pub items: Vec<Balance>,
}
