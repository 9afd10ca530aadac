//! The proof as a whole: takes rows, and ends with the differences.

use serde::Serialize;

use super::BalanceSum;
use super::CounterRow;
use super::Difference;
use super::Differences;
use super::FactRow;
use super::Kind;
use super::LedgerSum;
use super::LiveLimits;
use super::Numbering;
use super::Orphan;
use super::PayoutRow;
use super::ReportDay;
use super::SipCalls;
use super::StoredCall;
use super::StoredLead;
use super::call;
use super::counters::Counters;
use super::facts::Facts;
use super::lead;
use super::ledger;
use super::ledger::Ledger;
use super::live::Live;
use super::money;
use super::payouts::Payouts;
use super::reports::Reports;
use super::sip_log::Callers;
use crate::base::Wall;
use crate::call::CallState;

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Seen {
    /// Calls.
    pub calls: u64,
    /// Form leads.
    pub leads: u64,
    /// Those of them that are live.
    pub live: u64,
    /// Sales.
    pub sales: u64,
    /// Postings of sales.
    pub postings: u64,
    /// Stored counters of caps and payouts.
    pub counters: u64,
    /// Facts that the journal has.
    pub facts: u64,
    /// Those of them that are still to be applied.
    pub waiting: u64,
    /// Calls of SIP logs.
    pub sip_calls: u64,
}

/// The proof: takes rows in this order: facts, calls, and the rest.
#[derive(Debug, Clone)]
pub struct Proof {
    found: Differences,
    seen: Seen,
    limits: LiveLimits,
    running: Option<Wall>,
    ledger: Ledger,
    live: Live,
    counters: Counters,
    payouts: Payouts,
    reports: Reports,
    facts: Facts,
    callers: Callers,
}

impl Proof {
    /// Begins a proof. `running` is the present time if a switch runs on the database.
    pub fn new(limits: LiveLimits, running: Option<Wall>, sip: SipCalls) -> Self {
        let sip_calls = u64::try_from(sip.count()).unwrap_or(u64::MAX);
        Self {
            found: Differences::default(),
            seen: Seen { sip_calls, ..Seen::default() },
            limits,
            running,
            ledger: Ledger::default(),
            live: Live::default(),
            counters: Counters::default(),
            payouts: Payouts::default(),
            reports: Reports::default(),
            facts: Facts::default(),
            callers: Callers::of(sip),
        }
    }

    /// Begins a journal, of which the database has the facts up to `applied`.
    pub fn journal(&mut self, applied: u64) {
        self.facts.begin(applied);
    }

    /// Adds a fact of the journal, in order.
    pub fn fact(&mut self, row: &FactRow) {
        self.facts.fact(row, &mut self.found);
    }

    /// Ends the journal.
    pub fn journal_end(&mut self) {
        self.facts.end(&mut self.found);
    }

    /// Adds a call.
    pub fn call(&mut self, row: &StoredCall) {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.seen.calls += 1;
        self.seen.live += u64::from(row.record.state == CallState::Live);
        self.seen.sales += count(row.sales.len());
        self.seen.postings += count(row.postings.len());
        call::check(row, &mut self.found);
        money::check(row, &mut self.found);
        for sale in row.sales.iter().filter(|sale| sale.taken.is_none()) {
            self.counters.untraced(sale);
        }
        self.ledger.record(&row.record);
        self.reports.record(&row.record);
        self.live.call(row, self.running);
        self.callers.record(&row.record);
    }

    /// Adds a lead.
    pub fn lead(&mut self, row: &StoredLead) {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.seen.leads += 1;
        self.seen.sales += count(row.sales.len());
        self.seen.postings += count(row.postings.len());
        lead::check(row, &mut self.found);
        money::check_lead(row, &mut self.found);
        self.ledger.lead(row);
        self.reports.lead(&row.record);
    }

    /// Adds a row that cannot be read.
    pub fn unreadable(&mut self, subject: impl Into<String>, cause: impl Into<String>) {
        self.found.add(Kind::RowUnreadable, subject, cause);
    }

    /// Adds a row without its call or sale.
    pub fn orphan(&mut self, row: Orphan) {
        let Difference { kind, subject, detail, invariant: _ } = call::orphan(row);
        self.found.add(kind, subject, detail);
    }

    /// Adds the numbers of a table's rows.
    pub fn numbering(&mut self, numbers: Numbering) {
        ledger::numbering(numbers, &mut self.found);
    }

    /// Adds a sum of the ledger.
    pub fn sum(&mut self, sum: LedgerSum) {
        self.ledger.sum(sum);
    }

    /// Adds the balance of a buyer in a currency.
    pub fn balance(&mut self, row: BalanceSum) {
        ledger::balance(row, &mut self.found);
    }

    /// Adds a row of cap counters, after all calls.
    pub fn counter(&mut self, row: CounterRow) {
        self.seen.counters += u64::from(matches!(row, CounterRow::Counted(_)));
        self.counters.row(row, &self.limits, &mut self.found);
    }

    /// Adds a row of payouts.
    pub fn payout(&mut self, row: PayoutRow) {
        self.seen.counters += u64::from(matches!(row, PayoutRow::Counted(_)));
        self.payouts.row(row, &mut self.found);
    }

    /// Notes that the sums for reports are kept: no older calls are still to be added.
    pub fn reports_are_kept(&mut self) {
        self.reports.expect();
    }

    /// Adds the sums of a day for reports.
    pub fn report_day(&mut self, row: ReportDay) {
        self.reports.day(row);
    }

    /// Ends the proof: returns the differences, and what was read.
    pub fn finish(mut self) -> (Differences, Seen) {
        self.counters.close(&self.limits, &mut self.found);
        self.payouts.close(&mut self.found);
        self.ledger.finish(&mut self.found);
        self.reports.finish(&mut self.found);
        self.live.finish(&self.limits, self.facts.waiting, &mut self.found);
        self.callers.finish(&mut self.found);
        let seen = Seen { facts: self.facts.all, waiting: self.facts.waiting, ..self.seen };
        (self.found, seen)
    }
}
