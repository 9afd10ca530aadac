//! The ledger as a whole: its sums by account against the sums over the records, and its numbers.

use std::collections::BTreeMap;

use super::BalanceSum;
use super::Differences;
use super::Kind;
use super::LedgerSum;
use super::Numbering;
use super::StoredLead;
use super::money::differs;
use crate::base::Money;
use crate::billing::Case;
use crate::call::CallRecord;
use crate::call::CallState;

/// An account of the ledger in one currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    kind: String,
    party: Option<String>,
    currency: String,
}

/// The two sums of an account, in micros.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    recorded: i128,
    posted: i128,
}

/// Sums by account: one for each buyer and source, and one for the operator.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    accounts: BTreeMap<Account, Totals>,
}

impl Ledger {
    /// Adds what is due for the sales of an ended lead.
    pub(super) fn lead(&mut self, lead: &StoredLead) {
        for sale in &lead.sales {
            let Some(due) = sale.case.as_ref().and_then(Case::due) else { continue };
            let payout = due.payout.unwrap_or(Money::zero(due.revenue.currency()));
            let margin = i128::from(due.revenue.micros()) - i128::from(payout.micros());
            let source = Some(lead.record.source.to_string());
            let buyer = Some(sale.buyer.to_string());
            self.add("revenue", buyer, due.revenue, i128::from(due.revenue.micros()));
            self.add("payout", source, payout, i128::from(payout.micros()));
            self.add("margin", None, due.revenue, margin);
        }
    }

    /// Adds the amounts of an ended call's record.
    pub(super) fn record(&mut self, record: &CallRecord) {
        let Some(winner) = record.winner.as_ref().filter(|_| record.state == CallState::Ended)
        else {
            return;
        };
        let zero = Money::zero(winner.price.currency());
        let revenue = record.revenue.unwrap_or(zero);
        let payout = record.payout.unwrap_or(zero);
        let margin = i128::from(revenue.micros()) - i128::from(payout.micros());
        let buyer = Some(winner.buyer.to_string());
        let source = Some(record.source.to_string());
        self.add("revenue", buyer, revenue, i128::from(revenue.micros()));
        self.add("payout", source, payout, i128::from(payout.micros()));
        self.add("margin", None, revenue, margin);
    }

    fn add(&mut self, kind: &str, party: Option<String>, money: Money, micros: i128) {
        let currency = money.currency().as_str().to_owned();
        let account = Account { kind: kind.to_owned(), party, currency };
        self.accounts.entry(account).or_default().recorded += micros;
    }

    /// Adds a sum of the ledger.
    pub(super) fn sum(&mut self, sum: LedgerSum) {
        let LedgerSum { kind, party, currency, micros } = sum;
        self.accounts.entry(Account { kind, party, currency }).or_default().posted += micros;
    }

    /// Compares the sums.
    pub(super) fn finish(self, found: &mut Differences) {
        for (Account { kind, party, currency }, Totals { recorded, posted }) in self.accounts {
            if recorded != posted {
                let party = party.map_or(String::new(), |party| format!(" of {party}"));
                let detail = differs("records", recorded, "ledger", posted);
                found.add(Kind::LedgerDiffers, format!("{kind}{party} in {currency}"), detail);
            }
        }
    }
}

/// Compares the stored balance of a buyer in a currency with its entries. It is limited to 64 bits.
pub(super) fn balance(row: BalanceSum, found: &mut Differences) {
    let BalanceSum { buyer, currency, stored, entries } = row;
    let kept = entries.clamp(-i128::from(i64::MAX), i128::from(i64::MAX));
    let stored = stored.map_or(0, i128::from);
    if stored != kept {
        let detail = differs("stored", stored, "entries", entries);
        found.add(Kind::BalanceDiffers, format!("balance of {buyer} in {currency}"), detail);
    }
}

/// Checks that no row of the ledger was deleted: numbers go from 1 to the last without a gap.
pub(super) fn numbering(numbers: Numbering, found: &mut Differences) {
    let Numbering { what, rows, last } = numbers;
    if rows != last {
        let detail = format!("the last number is {last}, and there are {rows}");
        found.add(Kind::PostingMissing, what, detail);
    }
}
