//! Balances of buyers who pay in advance: entries that are only ever added.

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

/// Most entries that one look brings.
pub const ENTRIES_MAX: usize = 1_000;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The buyer paid in; below zero a correction.
    Credit,
    /// A billable call's price.
    Charge,
    /// A call's price that the buyer got back.
    Return,
}

impl EntryKind {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            EntryKind::Credit => "credit",
            EntryKind::Charge => "charge",
            EntryKind::Return => "return",
        }
    }

    /// Who makes such an entry, for those who are not shown by name who did.
    pub const fn made_by(self) -> &'static str {
        match self {
            EntryKind::Charge => "call",
            EntryKind::Credit | EntryKind::Return => "staff",
        }
    }
}

/// What tells a credit from every other: whoever sends it again with the same id adds nothing.
/// 1 to 200 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditId(String);

/// Longest id of a credit, in bytes.
const CREDIT_ID_BYTES_MAX: usize = 200;

impl CreditId {
    /// The text.
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
        Err(format!("a credit's id has 1 to {CREDIT_ID_BYTES_MAX} visible ASCII characters"))
    }
}

impl fmt::Display for CreditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A credit that is to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// Its id.
    pub id: CreditId,
    /// Whose balance.
    pub buyer: BuyerId,
    /// How much; below zero it is taken away.
    pub amount: Money,
    /// Why, in words.
    pub note: String,
    /// Who enters it, and when.
    pub by: Mutation,
}

/// A call's price that is to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedCall {
    /// The call.
    pub call: CallId,
    /// Why, in words.
    pub note: String,
    /// Who enters it, and when.
    pub by: Mutation,
}

/// What became of an entry that was to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// It was made now.
    Now(BalanceEntry),
    /// The very same was made before; nothing changed.
    Before(BalanceEntry),
    /// Another one was made under its id; nothing changed.
    Other(BalanceEntry),
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceEntry {
    /// Its place among all entries: later ones have higher numbers.
    pub sequence: u64,
    /// What it is.
    pub kind: EntryKind,
    /// The call that it is for; of a credit, its own id.
    pub reference: String,
    /// The sale that it is for; none of a credit.
    #[serde(skip)]
    pub sale: Option<AttemptId>,
    /// Whose balance.
    pub buyer: BuyerId,
    /// What it adds: a charge is below zero.
    pub amount: Money,
    /// Why, in words; may be empty.
    pub note: String,
    /// Who made it.
    #[serde(rename = "made_by")]
    pub who: String,
    /// When.
    #[serde(rename = "made_at")]
    pub at: Wall,
}

/// What a buyer's entries come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The buyer.
    pub buyer: BuyerId,
    /// What is left: the sum of the others.
    pub balance: Money,
    /// What was paid in.
    pub credited: Money,
    /// What billable calls took; below zero.
    pub charged: Money,
    /// What was given back.
    pub returned: Money,
}

impl Balance {
    /// Of a buyer without an entry.
    pub fn zero(buyer: BuyerId, currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { buyer, balance: zero, credited: zero, charged: zero, returned: zero }
    }
}

/// Every balance at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balances {
    /// The last entry that is in them; 0 when there is none.
    pub sequence: u64,
    /// By buyer; a buyer with entries in two currencies comes twice.
    pub items: Vec<Balance>,
}
