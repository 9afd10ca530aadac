//! Rows as they are stored: the input of the proof.

use jiff::tz::TimeZone;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::SourceId;
use crate::base::Wall;
use crate::billing::Case;
use crate::billing::Posting;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::caps::Period;
use crate::lead::LeadRecord;

/// A call with everything that is stored about it.
#[derive(Debug, Clone)]
pub struct StoredCall {
    /// Its record.
    pub record: CallRecord,
    /// Time of its last heartbeat.
    pub seen_at: Wall,
    /// Its sales.
    pub sales: Vec<StoredSale>,
    /// All postings of its sales.
    pub postings: Vec<Posting>,
    /// The calls at webhook carriers that name it.
    pub carrier_calls: CarrierCalls,
}

/// A lead with everything that is stored about it.
#[derive(Debug, Clone)]
pub struct StoredLead {
    /// Its record.
    pub record: LeadRecord,
    /// Its sales.
    pub sales: Vec<StoredSale>,
    /// All postings of its sales.
    pub postings: Vec<Posting>,
}

/// Numbers of calls at webhook carriers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CarrierCalls {
    /// All.
    pub all: u64,
    /// Those that go on.
    pub live: u64,
}

/// A sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSale {
    /// Its id: that of the winning attempt.
    pub id: AttemptId,
    /// The contract.
    pub contract: ContractId,
    /// The buyer.
    pub buyer: BuyerId,
    /// Usage of its hold; `None` if an older program settled it.
    pub taken: Option<Taken>,
    /// Everything that decides what is owed for it; `None` if its call has no price.
    pub case: Option<Case>,
}

/// What the hold of a sale took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Time of the hold.
    pub at: Wall,
    /// Counters.
    pub units: Vec<CapKey>,
    /// Price taken from budgets.
    pub price: Money,
    /// Whether the price was also taken from a balance.
    pub prepaid: bool,
}

/// A row whose call or sale does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Orphan {
    /// A row names a call.
    OfCall {
        /// Table of the row.
        table: String,
        /// Id of the row.
        id: String,
        /// Id of the call.
        call: String,
    },
    /// A row names a sale.
    OfSale {
        /// What the row is: `posting`.
        table: String,
        /// Number of the row.
        number: i64,
        /// Id of the sale.
        sale: String,
    },
}

/// Numbers of a table's rows, which begin at 1 and have no gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbering {
    /// What is numbered: `postings`, `balance entries`.
    pub what: &'static str,
    /// Number of rows.
    pub rows: i64,
    /// Highest number; 0 without rows.
    pub last: i64,
}

/// A sum of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSum {
    /// Kind of the postings: `revenue`, `payout` or `margin`.
    pub kind: String,
    /// The party; `None` for the operator's own.
    pub party: Option<String>,
    /// The currency.
    pub currency: String,
    /// The sum, in micros.
    pub micros: i128,
}

/// The balance of a buyer in a currency: as it is stored, and the sum of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceSum {
    /// The buyer.
    pub buyer: String,
    /// The currency.
    pub currency: String,
    /// The stored balance in micros; `None` if there is none.
    pub stored: Option<i64>,
    /// Sum of the entries, in micros.
    pub entries: i128,
}

/// A row for cap counters: sales and counters, ordered by account, the counters of an account
/// after its sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CounterRow {
    /// A unit that a sale took.
    Sold(SoldUnit),
    /// A stored counter.
    Counted(Counted),
}

/// A unit that a sale took from a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldUnit {
    /// The counter.
    pub key: CapKey,
    /// Time of the hold.
    pub at: Wall,
    /// Its price, and what was returned of it or added to it later, in micros.
    pub sum: CounterSum,
}

/// What one sale adds to a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CounterSum {
    /// Price of the hold, in micros.
    pub price: i64,
    /// Sum of its postings to budgets, in micros.
    pub budget: i128,
    /// Whether a posting raised it, because the buyer owes more than the price.
    pub raised: bool,
    /// Units given back after the sale: by a return that frees its cap.
    pub freed: u64,
}

/// A stored counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The counter.
    pub key: CapKey,
    /// Units.
    pub used: u64,
    /// Money, in micros.
    pub micros: i64,
}

/// A row for the payouts of sources, ordered by source: its stored counts, then its payouts, the
/// newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutRow {
    /// A stored count.
    Counted(PayoutCounted),
    /// A payout above zero.
    Paid(Paid),
}

/// A stored count of payouts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutCounted {
    /// The source.
    pub source: SourceId,
    /// The period.
    pub period: Period,
    /// Number of payouts.
    pub used: u64,
}

/// A payout above zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The source.
    pub source: SourceId,
    /// Time of the posting.
    pub at: Wall,
    /// Zone in which its windows turn; `None` if no caps are stored with the call.
    pub zone: Option<TimeZone>,
}

/// The sums of one day of one table for reports: all rows of a pair of dimensions and a grain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportDay {
    /// Number of the pair.
    pub pair: i64,
    /// Number of the grain.
    pub grain: i64,
    /// The day, or the first day of the grain's unit: days since 1970-01-01, in UTC.
    pub day: i64,
    /// Currency of the amounts; empty without a winner.
    pub currency: String,
    /// The sums.
    pub sums: ReportSums,
}

/// Sums over ended calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportSums {
    /// Calls.
    pub calls: i128,
    /// Form leads.
    pub leads: i128,
    /// Answered calls.
    pub answered: i128,
    /// Connected time, in milliseconds.
    pub talk_ms: i128,
    /// Revenue, in micros.
    pub revenue: i128,
    /// Payout, in micros.
    pub payout: i128,
    /// Margin, in micros.
    pub margin: i128,
}

impl ReportSums {
    /// Adds other sums.
    pub(super) fn add(&mut self, other: ReportSums) {
        let ReportSums { calls, leads, answered, talk_ms, revenue, payout, margin } = other;
        self.calls = self.calls.saturating_add(calls);
        self.leads = self.leads.saturating_add(leads);
        self.answered = self.answered.saturating_add(answered);
        self.talk_ms = self.talk_ms.saturating_add(talk_ms);
        self.revenue = self.revenue.saturating_add(revenue);
        self.payout = self.payout.saturating_add(payout);
        self.margin = self.margin.saturating_add(margin);
    }
}

/// A fact of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    /// Its number.
    pub sequence: u64,
    /// What it says; the cause if it cannot be read.
    pub about: Result<FactAbout, String>,
    /// State of its call in the database; `None` without a call, or if it is unknown there.
    pub stored: Option<CallState>,
}

/// What a fact says about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactAbout {
    /// It opens the call.
    Opens(CallId),
    /// It changes the call.
    Changes(CallId),
    /// It ends the call.
    Ends(CallId),
    /// It is about no single call.
    Node,
}

impl FactAbout {
    /// Returns the call.
    pub const fn call(self) -> Option<CallId> {
        match self {
            FactAbout::Opens(call) | FactAbout::Changes(call) | FactAbout::Ends(call) => Some(call),
            FactAbout::Node => None,
        }
    }
}

impl CounterRow {
    /// Returns the account of the counter.
    pub const fn level(&self) -> &Level {
        match self {
            CounterRow::Sold(unit) => &unit.key.level,
            CounterRow::Counted(counted) => &counted.key.level,
        }
    }
}

impl PayoutRow {
    /// Returns the source.
    pub const fn source(&self) -> &SourceId {
        match self {
            PayoutRow::Counted(counted) => &counted.source,
            PayoutRow::Paid(paid) => &paid.source,
        }
    }
}
