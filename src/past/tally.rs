//! The report of a backtest.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::book::Channel;

/// A buyer who has a call or lead, and what is owed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// The buyer.
    pub buyer: BuyerId,
    /// Its contract.
    pub contract: ContractId,
    /// What it owes.
    pub revenue: Money,
    /// What the source is owed; `None` if it is not paid.
    pub payout: Option<Money>,
}

/// The old and new result of one past call or lead. A lead may have several buyers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it is a call or a lead.
    pub channel: Channel,
    /// Who had it.
    pub then: Vec<Sold>,
    /// Who would have it.
    pub now: Vec<Sold>,
}

/// One buyer's calls and leads under both books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BuyerTally {
    /// Calls and leads the buyer had.
    pub sold_then: u64,
    /// Calls and leads the buyer would have.
    pub sold_now: u64,
    /// Calls and leads the buyer would have but had not.
    pub gained: u64,
    /// Calls and leads the buyer had but would not have.
    pub lost: u64,
    /// Amount the buyer owed.
    pub revenue_then: Money,
    /// Amount the buyer would owe.
    pub revenue_now: Money,
}

/// The calls or the leads under both books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChannelTally {
    /// Calls or leads that were routed.
    pub routed: u64,
    /// Those that were sold.
    pub sold_then: u64,
    /// Those that would be sold.
    pub sold_now: u64,
    /// Those whose buyers would be others.
    pub changed: u64,
    /// Those sold now of which it is assumed how the sale would go: a call that was never connected
    /// lasts for the contract's buffer, and a buyer that did not have the lead accepts it.
    pub assumed: u64,
    /// Amount the buyers owed.
    pub revenue_then: Money,
    /// Amount the buyers would owe.
    pub revenue_now: Money,
    /// Amount the sources were owed.
    pub payout_then: Money,
    /// Amount the sources would be owed.
    pub payout_now: Money,
}

/// The report of a backtest. The same past and the same book give the same report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Start of the period.
    pub since: Wall,
    /// Calls.
    pub calls: ChannelTally,
    /// Form leads.
    pub leads: ChannelTally,
    /// Decided calls that were left out because their callers hung up before a buyer was found.
    pub abandoned: u64,
    /// Calls and leads whose offer the drafted book does not have.
    pub no_offer: u64,
    /// By buyer.
    pub buyers: BTreeMap<BuyerId, BuyerTally>,
    /// Number of calls and leads that a full cap kept from a contract, by cap:
    /// `contract acme-auto-ca day`.
    pub caps_hit: BTreeMap<String, u64>,
    /// Number of auctions in which a contract would be asked for a bid, and its bid is unknown: it
    /// was not asked then, or its answer did not come. It bids nothing.
    pub bids_unknown: BTreeMap<ContractId, u64>,
}

impl ChannelTally {
    fn new(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            routed: 0,
            sold_then: 0,
            sold_now: 0,
            changed: 0,
            assumed: 0,
            revenue_then: zero,
            revenue_now: zero,
            payout_then: zero,
            payout_now: zero,
        }
    }
}

impl Report {
    /// Creates an empty report in a currency.
    pub(super) fn new(since: Wall, currency: Currency) -> Self {
        Self {
            since,
            calls: ChannelTally::new(currency),
            leads: ChannelTally::new(currency),
            abandoned: 0,
            no_offer: 0,
            buyers: BTreeMap::new(),
            caps_hit: BTreeMap::new(),
            bids_unknown: BTreeMap::new(),
        }
    }

    /// Returns the currency of the amounts.
    pub(super) fn currency(&self) -> Currency {
        self.calls.revenue_now.currency()
    }

    /// Notes whether it is assumed how a sale would go.
    pub(super) fn assume(&mut self, channel: Channel, is_assumed: bool) {
        self.channel(channel).assumed += u64::from(is_assumed);
    }

    /// Counts a call or lead.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        let Outcome { channel, then, now } = outcome;
        let buyers =
            |sold: &[Sold]| sold.iter().map(|one| one.buyer.clone()).collect::<BTreeSet<_>>();
        let (had, have) = (buyers(then), buyers(now));
        let tally = self.channel(*channel);
        tally.routed += 1;
        tally.sold_then += u64::from(!then.is_empty());
        tally.sold_now += u64::from(!now.is_empty());
        tally.changed += u64::from(had != have);
        for one in then {
            tally.revenue_then = sum(tally.revenue_then, Some(one.revenue));
            tally.payout_then = sum(tally.payout_then, one.payout);
        }
        for one in now {
            tally.revenue_now = sum(tally.revenue_now, Some(one.revenue));
            tally.payout_now = sum(tally.payout_now, one.payout);
        }
        for one in then {
            let tally = self.buyer(&one.buyer);
            tally.sold_then += 1;
            tally.lost += u64::from(!have.contains(&one.buyer));
            tally.revenue_then = sum(tally.revenue_then, Some(one.revenue));
        }
        for one in now {
            let tally = self.buyer(&one.buyer);
            tally.sold_now += 1;
            tally.gained += u64::from(!had.contains(&one.buyer));
            tally.revenue_now = sum(tally.revenue_now, Some(one.revenue));
        }
    }

    fn channel(&mut self, channel: Channel) -> &mut ChannelTally {
        match channel {
            Channel::Call => &mut self.calls,
            Channel::Form => &mut self.leads,
        }
    }

    fn buyer(&mut self, buyer: &BuyerId) -> &mut BuyerTally {
        let zero = Money::zero(self.currency());
        self.buyers.entry(buyer.clone()).or_insert(BuyerTally {
            sold_then: 0,
            sold_now: 0,
            gained: 0,
            lost: 0,
            revenue_then: zero,
            revenue_now: zero,
        })
    }

    /// Returns the report as a table for people.
    pub fn table(&self) -> String {
        let mut out = format!("Since {}:\n\n", self.since);
        let mut line = |text: String| {
            let _: std::fmt::Result = writeln!(out, "{}", text.trim_end());
        };
        line(row(
            "",
            ["routed", "sold", "drafted", "changed", "revenue", "drafted", "payout", "drafted"]
                .map(str::to_owned),
        ));
        for (name, tally) in [("calls", &self.calls), ("leads", &self.leads)] {
            line(row(
                name,
                [
                    tally.routed.to_string(),
                    tally.sold_then.to_string(),
                    tally.sold_now.to_string(),
                    tally.changed.to_string(),
                    tally.revenue_then.amount(),
                    tally.revenue_now.amount(),
                    tally.payout_then.amount(),
                    tally.payout_now.amount(),
                ],
            ));
        }
        line(String::new());
        for (count, what) in [
            (self.abandoned, "calls left out: the caller hung up before a buyer was found"),
            (self.no_offer, "for an offer that the drafted book does not have"),
            (
                self.calls.assumed,
                "calls were never connected: the contract's buffer is taken as connected time",
            ),
            (
                self.leads.assumed,
                "leads go to buyers that did not have them: it is assumed that they accept",
            ),
        ] {
            if count > 0 {
                line(format!("{count} {what}"));
            }
        }
        for (contract, times) in &self.bids_unknown {
            line(format!("{times} bids of {contract} are unknown: it bids nothing"));
        }
        line(String::new());
        let head = ["sold", "drafted", "gained", "lost", "revenue", "drafted"];
        line(row("buyer", head.map(str::to_owned)));
        for (buyer, tally) in &self.buyers {
            line(row(
                buyer.as_str(),
                [
                    tally.sold_then.to_string(),
                    tally.sold_now.to_string(),
                    tally.gained.to_string(),
                    tally.lost.to_string(),
                    tally.revenue_then.amount(),
                    tally.revenue_now.amount(),
                ],
            ));
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

/// Returns a row: a name and numbers.
fn row<const N: usize>(name: &str, numbers: [String; N]) -> String {
    let numbers: String = numbers.iter().map(|cell| format!(" {cell:>10}")).collect();
    format!("{name:<24}{numbers}")
}

/// Returns the sum. Amounts in another currency, which an earlier book may have used, do not count.
fn sum(total: Money, more: Option<Money>) -> Money {
    more.and_then(|more| total.checked_add(more)).unwrap_or(total)
}
