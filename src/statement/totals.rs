//! The totals of a statement.

use serde::Serialize;

use super::Question;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::billing::AccountKind;
use crate::billing::due_of;
use crate::billing::left_by;

/// Sums of an account's postings of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostedSum {
    /// The kind.
    pub kind: AccountKind,
    /// Sum before the period, in micros.
    pub before: i128,
    /// Sum within the period, in micros.
    pub within: i128,
    /// Number of postings within the period.
    pub count: u64,
}

/// Sums of an account, and up to which posting they go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// Number of the latest posting when the sums were made; the lines go up to it, too.
    pub last: u64,
    /// The sums, one for each kind.
    pub sums: Vec<PostedSum>,
    /// Other currencies in which the account has postings.
    pub other_currencies: Vec<Currency>,
}

/// The head of a statement: everything but its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// `buyer` or `source`.
    pub of: &'static str,
    /// Its id.
    pub id: String,
    /// First instant of the period.
    pub since: Wall,
    /// First instant after the period.
    pub until: Wall,
    /// Time zone of dates.
    pub zone: String,
    /// Balance of the account at the beginning: for a buyer, what it has paid less what it owes;
    /// for a source, what it has earned.
    pub opening: Money,
    /// Balance at the end.
    pub closing: Money,
    /// Amount of the period to invoice to the buyer, or to pay to the source.
    pub due: Money,
    /// Totals of the period, by kind.
    pub totals: Vec<KindTotal>,
    /// Other currencies in which the account has postings, each in a statement of its own.
    pub other_currencies: Vec<Currency>,
}

/// Total of the postings of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KindTotal {
    /// The kind.
    pub kind: AccountKind,
    /// Number of postings.
    pub count: u64,
    /// Their sum.
    pub amount: Money,
}

impl Statement {
    /// Returns the statement with these sums. Clamps a sum beyond 64 bits.
    pub fn new(question: &Question, sums: Sums) -> Self {
        let Question { party, currency, since, until, zone } = question;
        let Sums { sums, other_currencies, last: _ } = sums;
        let money = |micros: i128| {
            let end = if micros < 0 { i64::MIN } else { i64::MAX };
            Money::from_micros(i64::try_from(micros).unwrap_or(end), *currency)
        };
        let opening = left_by(sums.iter().map(|sum| (sum.kind, sum.before)));
        let change = left_by(sums.iter().map(|sum| (sum.kind, sum.within)));
        let due = due_of(sums.iter().map(|sum| (sum.kind, sum.within)));
        let total = |sum: &PostedSum| KindTotal {
            kind: sum.kind,
            count: sum.count,
            amount: money(sum.within),
        };
        Self {
            of: party.noun(),
            id: party.id().to_owned(),
            since: *since,
            until: *until,
            zone: zone.clone(),
            opening: money(opening),
            closing: money(opening + change),
            due: money(due),
            totals: sums.iter().filter(|sum| sum.count > 0).map(total).collect(),
            other_currencies,
        }
    }
}
