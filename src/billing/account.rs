//! The account of a buyer or a source: how its postings change what it has, and what is due.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Kind of a posting in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Amount a buyer owes for a sale, to be invoiced.
    Revenue,
    /// Amount a buyer owes for a sale that was charged to its balance: the charge pays it.
    RevenuePrepaid,
    /// Amount a source is owed for a sale.
    Payout,
    /// Payment to a buyer's balance.
    Credit,
    /// Charge to a buyer's balance; negative.
    Charge,
    /// Charge given back to a buyer's balance.
    Return,
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of an account's postings")]
pub struct UnknownAccountKind(String);

impl AccountKind {
    /// All kinds.
    pub const ALL: [AccountKind; 6] = [
        AccountKind::Revenue,
        AccountKind::RevenuePrepaid,
        AccountKind::Payout,
        AccountKind::Credit,
        AccountKind::Charge,
        AccountKind::Return,
    ];

    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            AccountKind::Revenue => "revenue",
            AccountKind::RevenuePrepaid => "revenue_prepaid",
            AccountKind::Payout => "payout",
            AccountKind::Credit => "credit",
            AccountKind::Charge => "charge",
            AccountKind::Return => "return",
        }
    }
}

impl FromStr for AccountKind {
    type Err = UnknownAccountKind;
    fn from_str(text: &str) -> Result<Self, UnknownAccountKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| UnknownAccountKind(text.chars().take(40).collect()))
    }
}

impl fmt::Display for AccountKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Returns what sums of postings leave in the account, in micros: what a source has earned; what a
/// buyer has paid, less what it owes.
pub fn left_by(sums: impl IntoIterator<Item = (AccountKind, i128)>) -> i128 {
    let change = |(kind, micros): (AccountKind, i128)| match kind {
        AccountKind::Revenue => -micros,
        AccountKind::RevenuePrepaid => 0,
        AccountKind::Payout | AccountKind::Credit | AccountKind::Charge | AccountKind::Return => {
            micros
        }
    };
    sums.into_iter().map(change).sum()
}

/// Returns what sums of postings make due, in micros: the amount to invoice to a buyer, or to pay
/// to a source. What was charged to a balance is paid.
pub fn due_of(sums: impl IntoIterator<Item = (AccountKind, i128)>) -> i128 {
    let due = |(kind, micros): (AccountKind, i128)| match kind {
        AccountKind::Revenue | AccountKind::Payout => micros,
        AccountKind::RevenuePrepaid
        | AccountKind::Credit
        | AccountKind::Charge
        | AccountKind::Return => 0,
    };
    sums.into_iter().map(due).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_accounts() {
        // postings: left, due
        let table = "
            revenue 45: -45 45
            revenue 45, revenue -45: 0 0
            revenue 45, credit 100: 55 45
            credit 100, charge -45, revenue_prepaid 45: 55 0
            credit 100, charge -45, revenue_prepaid 45, return 45: 100 0
            credit 100, charge -45, revenue_prepaid 45, return 45, revenue_prepaid -45: 100 0
            payout 20, payout 10, payout -20: 10 10
            payout 0: 0 0
        ";
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let (postings, expected) = row.split_once(": ").unwrap();
            let sums: Vec<(AccountKind, i128)> = postings
                .split(", ")
                .map(|posting| posting.trim().split_once(' ').unwrap())
                .map(|(kind, micros)| (kind.parse().unwrap(), micros.parse().unwrap()))
                .collect();
            let found = format!("{} {}", left_by(sums.clone()), due_of(sums));
            assert_eq!(found, expected, "{row}");
        }
        assert!("margin".parse::<AccountKind>().is_err());
    }
}
