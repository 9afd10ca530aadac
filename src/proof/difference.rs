//! Differences: what does not hold, and where.

use std::collections::BTreeMap;

use serde::Serialize;

/// Most differences that are listed; all are counted.
pub const LISTED_MAX: usize = 1_000;

/// An invariant of the stored data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Invariant {
    /// Every answered call has exactly one record.
    N1,
    /// There is no record without a call.
    N2,
    /// The ledger and the counters are sums over the records.
    N3,
    /// No hold was taken above a cap.
    N4,
    /// No hold outlives its call.
    N5,
}

/// Kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A row, a fact or a SIP log names a call that has no record.
    CallWithoutRecord,
    /// A stored row cannot be read.
    RowUnreadable,
    /// The journal's end of a call was applied, and the record is live.
    EndNotApplied,
    /// Facts are missing between what was applied and what the journal has.
    FactsMissing,
    /// A fact that is still to be applied cannot be read.
    FactUnreadable,
    /// Several calls of webhook carriers have one record.
    RecordShared,
    /// More records of a caller than calls in the SIP logs, or a webhook call without its journal.
    RecordWithoutCall,
    /// A record is ended without an end, or live with one.
    StateContradicts,
    /// A posting, a buyer's report or a return names a sale that does not exist.
    PostingWithoutSale,
    /// Numbers of postings or balance entries are missing: rows were deleted.
    PostingMissing,
    /// A posting names another buyer or source than its sale.
    PartyDiffers,
    /// Postings of one cause do not balance: revenue is not payout plus margin.
    CauseUnbalanced,
    /// A posting has another currency than the price.
    CurrencyDiffers,
    /// Amounts were posted for a call that has not ended.
    PostedWhileLive,
    /// A sale names an attempt that its call does not have.
    SaleWithoutAttempt,
    /// A call with a bridged winner has no sale.
    SaleMissing,
    /// The record's revenue is not the sum of its postings.
    RevenueDiffers,
    /// The record's payout is not the sum of its postings.
    PayoutDiffers,
    /// The record says that nothing is owed, and revenue stands in the ledger.
    BillableDiffers,
    /// What budgets got back is not the price less the revenue.
    BudgetDiffers,
    /// What a prepaid balance was charged is not the revenue.
    ChargeDiffers,
    /// What stands in the ledger for a sale is not what its call, the buyer's reports and its return
    /// make due.
    DueDiffers,
    /// A sum of the ledger is not the sum over the records.
    LedgerDiffers,
    /// A buyer's stored balance is not the sum of its entries.
    BalanceDiffers,
    /// A cap counter is not the number of its sales.
    CounterDiffers,
    /// The money of a cap counter is not the sum of its sales.
    CounterMoneyDiffers,
    /// A source's count of payouts is not the number of its payouts.
    PayoutCountDiffers,
    /// Sums that reports are made of are not the sums over the records.
    ReportDiffers,
    /// More units were sold in a window than its cap allows.
    CapExceeded,
    /// More money was spent in a window than its budget allows.
    BudgetExceeded,
    /// More calls are live than the concurrency cap allows.
    ConcurrencyExceeded,
    /// A webhook call goes on after its record ended, and so would its holds.
    HoldAfterEnd,
    /// A live call of a running switch has had no heartbeat for longer than a hold lasts.
    CallNotSeen,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The invariant that it breaks.
    pub invariant: Invariant,
    /// Kind of the difference.
    pub kind: Kind,
    /// What it is about, with ids: `call 0198…`.
    pub subject: String,
    /// What was found, and what was expected.
    pub detail: String,
}

/// Differences: the first [`LISTED_MAX`] of them, and the number of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    listed: Vec<Difference>,
    counts: BTreeMap<Kind, u64>,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 33] = [
        Kind::CallWithoutRecord,
        Kind::RowUnreadable,
        Kind::EndNotApplied,
        Kind::FactsMissing,
        Kind::FactUnreadable,
        Kind::RecordShared,
        Kind::RecordWithoutCall,
        Kind::StateContradicts,
        Kind::PostingWithoutSale,
        Kind::PostingMissing,
        Kind::PartyDiffers,
        Kind::CauseUnbalanced,
        Kind::CurrencyDiffers,
        Kind::PostedWhileLive,
        Kind::SaleWithoutAttempt,
        Kind::SaleMissing,
        Kind::RevenueDiffers,
        Kind::PayoutDiffers,
        Kind::BillableDiffers,
        Kind::BudgetDiffers,
        Kind::ChargeDiffers,
        Kind::DueDiffers,
        Kind::LedgerDiffers,
        Kind::BalanceDiffers,
        Kind::CounterDiffers,
        Kind::CounterMoneyDiffers,
        Kind::PayoutCountDiffers,
        Kind::ReportDiffers,
        Kind::CapExceeded,
        Kind::BudgetExceeded,
        Kind::ConcurrencyExceeded,
        Kind::HoldAfterEnd,
        Kind::CallNotSeen,
    ];

    /// Returns the invariant that it breaks.
    pub const fn invariant(self) -> Invariant {
        match self {
            Kind::CallWithoutRecord
            | Kind::RowUnreadable
            | Kind::EndNotApplied
            | Kind::FactsMissing
            | Kind::FactUnreadable
            | Kind::RecordShared => Invariant::N1,
            Kind::RecordWithoutCall | Kind::StateContradicts => Invariant::N2,
            Kind::PostingWithoutSale
            | Kind::PostingMissing
            | Kind::PartyDiffers
            | Kind::CauseUnbalanced
            | Kind::CurrencyDiffers
            | Kind::PostedWhileLive
            | Kind::SaleWithoutAttempt
            | Kind::SaleMissing
            | Kind::RevenueDiffers
            | Kind::PayoutDiffers
            | Kind::BillableDiffers
            | Kind::BudgetDiffers
            | Kind::ChargeDiffers
            | Kind::DueDiffers
            | Kind::LedgerDiffers
            | Kind::BalanceDiffers
            | Kind::CounterDiffers
            | Kind::CounterMoneyDiffers
            | Kind::PayoutCountDiffers
            | Kind::ReportDiffers => Invariant::N3,
            Kind::CapExceeded | Kind::BudgetExceeded | Kind::ConcurrencyExceeded => Invariant::N4,
            Kind::HoldAfterEnd | Kind::CallNotSeen => Invariant::N5,
        }
    }

    /// Returns the code, as in JSON: `revenue_differs`.
    pub fn code(self) -> String {
        let name = format!("{self:?}");
        let mut code = String::with_capacity(name.len() + 4);
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !code.is_empty() {
                code.push('_');
            }
            code.push(letter.to_ascii_lowercase());
        }
        code
    }
}

impl Differences {
    /// Adds a difference.
    pub(super) fn add(
        &mut self,
        kind: Kind,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) {
        *self.counts.entry(kind).or_default() += 1;
        if self.listed.len() < LISTED_MAX {
            let (subject, detail) = (subject.into(), detail.into());
            self.listed.push(Difference { invariant: kind.invariant(), kind, subject, detail });
        }
    }

    /// Returns the first [`LISTED_MAX`] differences, in the order in which they were found.
    pub fn listed(&self) -> &[Difference] {
        &self.listed
    }

    /// Returns the number of differences of each kind that was found.
    pub fn counts(&self) -> &BTreeMap<Kind, u64> {
        &self.counts
    }

    /// Returns the number of all differences.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_bounded_and_the_count_is_not() {
        let mut found = Differences::default();
        for number in 0..LISTED_MAX + 5 {
            found.add(Kind::CounterDiffers, format!("counter {number}"), "");
        }
        assert_eq!(found.listed().len(), LISTED_MAX);
        assert_eq!(found.total(), LISTED_MAX as u64 + 5);
    }

    #[test]
    fn codes_are_those_of_the_json_and_stand_in_the_documents() {
        let page = include_str!("../../docs/verify.md");
        for kind in Kind::ALL {
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, serde_json::Value::from(kind.code()));
            let row = format!("| {:?} | `{}` |", kind.invariant(), kind.code());
            assert!(page.contains(&row), "docs/verify.md lacks {row}");
        }
    }
}
