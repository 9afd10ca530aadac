//! A drafted book, tried on past calls.
//!
//! Calls come again in the order in which they came, with the fields, the source, the caller and
//! the moment of their first decision. Caps start empty and fill up as calls are sold; prepaid
//! buyers are taken to have paid; a sold call takes its concurrent unit for as long as it talked. A
//! buyer who did not take a call when it was rung then does not take it now; any other is taken to
//! answer. Nothing is read twice and nothing is kept of a call that is over, so that the size of
//! the past does not matter.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use super::Outcome;
use super::Report;
use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::End;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Outcome as Attempted;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::bill;
use crate::billing::settled;
use crate::book::Book;
use crate::call::AttemptRecord;
use crate::call::CallRecord;
use crate::caps::Full;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::dispatch::Dispatch;
use crate::quota::Memory;
use crate::routing::DQ_HOPS_MAX;
use crate::routing::Decision;
use crate::routing::Disqualified;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Snapshot;
use crate::routing::Trace;
use crate::store::DecidedCall;
use crate::store::PAGE_CALLS_MAX;
use crate::store::Store;
use crate::store::StoreError;

/// What every draw comes from: the same past and book give the same report.
const SEED: u64 = 1891;

/// What prepaid buyers are taken to have paid in, in micros: a drafted book is tried, not their
/// purse.
const ENOUGH: i64 = i64::MAX / 2;

/// Tries a book on the calls that came at `since` or later.
pub async fn backtest(
    store: &dyn Store,
    book: Arc<Book>,
    since: Wall,
) -> Result<Report, StoreError> {
    let mut trial = Trial::new(book, since);
    let mut cursor = None;
    loop {
        let page = store.calls_decided_since(since, cursor, PAGE_CALLS_MAX).await?;
        for call in &page.items {
            trial.call(call);
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(trial.report);
        }
    }
}

/// A drafted book with simulated caps and turns.
struct Trial {
    dispatch: Dispatch,
    snapshot: Arc<Snapshot>,
    rng: Rng,
    /// Sold calls that are up, by their end.
    up: BinaryHeap<Reverse<(Wall, HoldId, bool)>>,
    /// The latest moment so far: time never runs back.
    clock: Wall,
    report: Report,
}

/// A call as far as the simulation needs it.
struct Case<'a> {
    record: &'a CallRecord,
    now: Now,
}

impl Trial {
    fn new(book: Arc<Book>, since: Wall) -> Self {
        let price = book.contracts.first().map(|contract| contract.price.currency());
        let report = Report::new(since, price.unwrap_or(Currency::USD));
        let prepaid = book.buyers.iter().filter(|buyer| buyer.prepaid);
        let prepaid: Vec<BuyerId> = prepaid.map(|buyer| buyer.id.clone()).collect();
        let dispatch = Dispatch::new(Snapshot::compile(book, 0), Box::new(Memory::new()));
        for buyer in &prepaid {
            dispatch.credit(buyer, Money::from_micros(ENOUGH, report.revenue_now.currency()));
        }
        let snapshot = dispatch.snapshot();
        let rng = Rng::seeded(SEED);
        Self { dispatch, snapshot, rng, up: BinaryHeap::new(), clock: since, report }
    }

    fn call(&mut self, call: &DecidedCall) {
        let record = &call.record;
        // A decision that can no longer be read tells nothing to try again.
        let first = call.decisions.first();
        let Some(trace) = first.and_then(|row| serde_json::from_str::<Trace>(&row.document).ok())
        else {
            return;
        };
        if record.reason == Some(End::Abandoned) && record.winner.is_none() {
            self.report.abandoned += 1;
            return;
        }
        self.clock = self.clock.max(trace.at());
        let now = self.now();
        self.hang_up();
        let case = Case { record, now };
        let then = record.winner.as_ref().map(|winner| {
            (winner.buyer.clone(), record.revenue.unwrap_or(Money::zero(winner.price.currency())))
        });
        let inquiry = trace.inquiry();
        if self.snapshot.roster(&inquiry.offer).is_none() {
            self.report.no_offer += 1;
        }
        let now = self.route(&case, inquiry);
        self.report.count(&Outcome { then, now });
    }

    /// Both clocks: the monotonic one runs with the wall's.
    fn now(&self) -> Now {
        let nanos = u64::try_from(self.clock.micros()).unwrap_or(0).saturating_mul(1_000);
        Now { mono: Mono::from_nanos(nanos), wall: self.clock }
    }

    /// Ends the sold calls that were over by now.
    fn hang_up(&mut self) {
        while let Some(Reverse((end, hold, billable))) = self.up.peek().copied() {
            if end > self.clock {
                return;
            }
            self.up.pop();
            let _: Settled = self.dispatch.settle(hold, settled(billable), self.now());
        }
    }

    /// Decides, and on through what `dq` says.
    fn route(&mut self, case: &Case<'_>, mut inquiry: Inquiry) -> Option<(BuyerId, Money)> {
        for _ in 0..=DQ_HOPS_MAX {
            let decision = self.dispatch.decide(&self.snapshot, &inquiry, case.now, &mut self.rng);
            self.note_full(&decision);
            for pick in decision.picks() {
                if let Some(sold) = self.sell(case, &pick) {
                    return Some(sold);
                }
            }
            match decision.dq() {
                Disqualified::Offer(next) => inquiry = inquiry.for_offer(next),
                Disqualified::Buyer(pick) => return self.sell(case, &pick),
                Disqualified::Reject | Disqualified::Recording(_) => return None,
            }
        }
        None
    }

    fn sell(&mut self, case: &Case<'_>, pick: &Pick) -> Option<(BuyerId, Money)> {
        if refused(case.record, pick) {
            return None;
        }
        let hold = HoldId::new(case.now, &mut self.rng);
        if let Err(error) = self.dispatch.hold(pick, hold, case.now) {
            if let Refused::Full(full) = error {
                self.full(&full);
            }
            return None;
        }
        let talk = if case.record.bridged_at.is_some() {
            case.record.talk
        } else {
            self.report.assumed += 1;
            pick.buffer
        };
        let _: Settled = self.dispatch.settle(hold, Settle::Commit, case.now);
        let bill = bill(pick.price, pick.buffer, None, Some(talk));
        let end = case.now.wall + ring(case.record) + talk;
        self.up.push(Reverse((end, hold, bill.billable)));
        Some((pick.buyer.clone(), bill.revenue))
    }

    fn note_full(&mut self, decision: &Decision) {
        for passed in decision.passed_over() {
            if let Some(full) = passed.detail.full() {
                self.full(full);
            }
        }
    }

    fn full(&mut self, full: &Full) {
        let cap = format!("{} {}", full.level, full.cap.name());
        *self.report.caps_hit.entry(cap).or_default() += 1;
    }
}

/// Whether the pick would not take the call, going by what its contract did when it was rung, or
/// else its buyer's other contracts. Those who were only too late, or called off, might have.
fn refused(record: &CallRecord, pick: &Pick) -> bool {
    let own = record.attempts.iter().find(|attempt| attempt.contract == pick.contract);
    let buyers = record.attempts.iter().filter(|attempt| attempt.buyer == pick.buyer);
    match own {
        Some(own) => turned_down(own),
        None => buyers.clone().count() > 0 && buyers.into_iter().all(turned_down),
    }
}

fn turned_down(attempt: &AttemptRecord) -> bool {
    match attempt.outcome {
        Some(
            Attempted::Busy
            | Attempted::NoAnswer
            | Attempted::Declined
            | Attempted::Failed
            | Attempted::NotAccepted
            | Attempted::Machine,
        ) => true,
        Some(Attempted::Won | Attempted::LostRace | Attempted::Canceled) | None => false,
    }
}

/// How long the call rang before it was bridged.
fn ring(record: &CallRecord) -> Duration {
    let won = record.attempts.iter().find(|attempt| attempt.outcome == Some(Attempted::Won));
    Duration::from_millis(won.map_or(0, |attempt| attempt.ring_ms))
}
