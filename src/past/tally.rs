//! The report of a backtest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;

/// The old and new result of one past call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Buyer who had it, and its revenue.
    pub then: Option<(BuyerId, Money)>,
    /// Buyer who would have it, and its revenue.
    pub now: Option<(BuyerId, Money)>,
}

/// One buyer's calls under both books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BuyerTally {
    /// Calls the buyer had.
    pub calls_then: u64,
    /// Calls the buyer would have.
    pub calls_now: u64,
    /// Calls the buyer would have but had not.
    pub gained: u64,
    /// Calls the buyer had but would not have.
    pub lost: u64,
    /// Amount the buyer owed.
    pub revenue_then: Money,
    /// Amount the buyer would owe.
    pub revenue_now: Money,
}

/// The report of a backtest. The same calls and the same book give the same report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Start of the period.
    pub since: Wall,
    /// Calls that were routed.
    pub calls: u64,
    /// Decided calls that were left out because their callers hung up before a buyer was found.
    pub abandoned: u64,
    /// Calls whose offer the drafted book does not have.
    pub no_offer: u64,
    /// Calls that were never connected and found a buyer in the draft. Their connected time is
    /// assumed to be the contract's buffer.
    pub assumed: u64,
    /// Calls that were sold.
    pub sold_then: u64,
    /// Calls that would be sold.
    pub sold_now: u64,
    /// Revenue of the calls.
    pub revenue_then: Money,
    /// Revenue with the draft.
    pub revenue_now: Money,
    /// By buyer.
    pub buyers: BTreeMap<BuyerId, BuyerTally>,
    /// Number of calls that a full cap kept from a contract, by cap: `contract acme-auto-ca day`.
    pub caps_hit: BTreeMap<String, u64>,
}

impl Report {
    /// Creates an empty report in a currency.
    pub(super) fn new(since: Wall, currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            since,
            calls: 0,
            abandoned: 0,
            no_offer: 0,
            assumed: 0,
            sold_then: 0,
            sold_now: 0,
            revenue_then: zero,
            revenue_now: zero,
            buyers: BTreeMap::new(),
            caps_hit: BTreeMap::new(),
        }
    }

    /// Counts a call.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        self.calls += 1;
        let same = match (&outcome.then, &outcome.now) {
            (Some((then, _)), Some((now, _))) => then == now,
            (Some(_) | None, Some(_) | None) => false,
        };
        if let Some((buyer, revenue)) = &outcome.then {
            self.sold_then += 1;
            self.revenue_then = sum(self.revenue_then, *revenue);
            let tally = self.buyer(buyer);
            tally.calls_then += 1;
            tally.lost += u64::from(!same);
            tally.revenue_then = sum(tally.revenue_then, *revenue);
        }
        if let Some((buyer, revenue)) = &outcome.now {
            self.sold_now += 1;
            self.revenue_now = sum(self.revenue_now, *revenue);
            let tally = self.buyer(buyer);
            tally.calls_now += 1;
            tally.gained += u64::from(!same);
            tally.revenue_now = sum(tally.revenue_now, *revenue);
        }
    }

    fn buyer(&mut self, buyer: &BuyerId) -> &mut BuyerTally {
        let zero = Money::zero(self.revenue_then.currency());
        self.buyers.entry(buyer.clone()).or_insert(BuyerTally {
            calls_then: 0,
            calls_now: 0,
            gained: 0,
            lost: 0,
            revenue_then: zero,
            revenue_now: zero,
        })
    }

    /// Returns the report as a table for people.
    pub fn table(&self) -> String {
        let mut out = format!(
            "{} calls since {}: {} sold for {}, with the drafted book {} for {}\n",
            self.calls,
            self.since,
            self.sold_then,
            self.revenue_then,
            self.sold_now,
            self.revenue_now,
        );
        let mut line = |text: String| {
            let _: std::fmt::Result = writeln!(out, "{}", text.trim_end());
        };
        for (count, what) in [
            (self.abandoned, "left out: the caller hung up before a buyer was found"),
            (self.no_offer, "for an offer that the drafted book does not have"),
            (
                self.assumed,
                "were never connected: the contract's buffer is taken as connected time",
            ),
        ] {
            if count > 0 {
                line(format!("{count} {what}"));
            }
        }
        let head = ["buyer", "calls", "drafted", "gained", "lost", "revenue", "drafted"];
        let row = |cells: [String; 7]| {
            let [buyer, numbers @ ..] = cells;
            let numbers: String = numbers.iter().map(|cell| format!(" {cell:>12}")).collect();
            format!("{buyer:<24}{numbers}")
        };
        line(String::new());
        line(row(head.map(str::to_owned)));
        for (buyer, tally) in &self.buyers {
            line(row([
                buyer.to_string(),
                tally.calls_then.to_string(),
                tally.calls_now.to_string(),
                tally.gained.to_string(),
                tally.lost.to_string(),
                tally.revenue_then.amount(),
                tally.revenue_now.amount(),
            ]));
        }
        if !self.caps_hit.is_empty() {
            line(String::new());
            line(format!("{:<48} {:>12}", "full cap", "times"));
            for (cap, times) in &self.caps_hit {
                line(format!("{cap:<48} {times:>12}"));
            }
        }
        out
    }
}

/// Returns the sum. Amounts in another currency, which an earlier book may have used, do not count.
fn sum(total: Money, more: Money) -> Money {
    total.checked_add(more).unwrap_or(total)
}
