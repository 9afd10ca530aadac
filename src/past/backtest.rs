//! Routes past calls with a draft of the book.
//!
//! Calls run in their original order, with the fields, source, caller and time of their first
//! decision. Caps start empty and fill as calls are sold; prepaid buyers are assumed to have paid;
//! a sold call holds its concurrent unit while it was connected. A buyer who did not take a call
//! when it was rung then does not take it now; any other buyer is assumed to answer. Each call is
//! read once and nothing is kept of ended calls, so that the number of calls does not matter.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Outcome;
use super::Report;
use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::End;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Outcome as Attempted;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::Bill;
use crate::billing::bill;
use crate::book::Book;
use crate::call::CallRecord;
use crate::caps::Full;
use crate::caps::Refused;
use crate::caps::Settled;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Simulation;
use crate::routing::Snapshot;
use crate::routing::Trace;
use crate::sale::Attempt;
use crate::sale::AttemptRecord;
use crate::sale::EveryPhone;
use crate::sale::Input;
use crate::sale::Loss;
use crate::sale::Machine;
use crate::sale::Output;
use crate::sale::Terms;
use crate::store::DecidedCall;
use crate::store::PAGE_CALLS_MAX;
use crate::store::Store;
use crate::store::StoreError;

/// Seed of every random choice: the same calls and book give the same report.
const SEED: u64 = 1891;

/// Assumed balance of prepaid buyers, in micros: a backtest does not test payments.
const ENOUGH: i64 = i64::MAX / 2;

/// Runs a backtest of a book on the calls from `since` on.
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
    simulation: Simulation,
    /// Randomness of routing.
    rng: Rng,
    /// Randomness of ids.
    ids: Rng,
    /// Live sold calls, by their end.
    up: BTreeMap<(Wall, AttemptId), Up>,
    /// Latest time so far: time never goes back.
    clock: Wall,
    report: Report,
}

/// A live sold call.
struct Up {
    sale: Machine<EveryPhone>,
    bill: Bill,
}

impl Trial {
    fn new(book: Arc<Book>, since: Wall) -> Self {
        let price = book.contracts.first().map(|contract| contract.price.currency());
        let report = Report::new(since, price.unwrap_or(Currency::USD));
        let prepaid = book.buyers.iter().filter(|buyer| buyer.prepaid);
        let prepaid: Vec<BuyerId> = prepaid.map(|buyer| buyer.id.clone()).collect();
        let mut simulation = Simulation::new(Snapshot::compile(book, 0));
        for buyer in &prepaid {
            simulation.credit(buyer, Money::from_micros(ENOUGH, report.revenue_now.currency()));
        }
        let mut rng = Rng::seeded(SEED);
        let ids = rng.fork();
        Self { simulation, rng, ids, up: BTreeMap::new(), clock: since, report }
    }

    fn call(&mut self, call: &DecidedCall) {
        let record = &call.record;
        // A decision that is unreadable cannot be repeated.
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
        self.hang_up();
        let then = record.winner.as_ref().map(|winner| {
            (winner.buyer.clone(), record.revenue.unwrap_or(Money::zero(winner.price.currency())))
        });
        let inquiry = trace.inquiry();
        if self.simulation.snapshot().roster(&inquiry.offer).is_none() {
            self.report.no_offer += 1;
        }
        let now = self.sell(record, inquiry);
        self.report.count(&Outcome { then, now });
    }

    /// Returns both clocks: the monotonic one runs with the wall clock.
    fn now(&self) -> Now {
        Now::from_origin(Wall::default(), self.clock)
    }

    /// Ends the sold calls that have ended by the current time.
    fn hang_up(&mut self) {
        while let Some(entry) = self.up.first_entry() {
            let (end, attempt) = *entry.key();
            if end > self.clock {
                return;
            }
            let Up { mut sale, bill } = entry.remove();
            self.handle(&mut sale, Input::Billed(attempt, bill), None);
        }
    }

    /// Sells a call: buyers are tried one by one. Returns the new winner and the amount they owe.
    fn sell(&mut self, record: &CallRecord, inquiry: Inquiry) -> Option<(BuyerId, Money)> {
        let mut sale = Machine::new(EveryPhone, None);
        let terms = Terms { width: Some(1), ..Terms::new(inquiry) };
        let won = self.handle(&mut sale, Input::Sell(Box::new(terms)), Some(record))?;
        let pick = &sale.attempt(won)?.pick;
        let connected = if record.bridged_at.is_some() {
            record.talk
        } else {
            self.report.assumed += 1;
            pick.buffer
        };
        let bill = bill(pick.price, pick.buffer, None, Some(connected));
        let sold = (pick.buyer.clone(), bill.revenue);
        self.up.insert((self.clock + ring(record) + connected, won), Up { sale, bill });
        Some(sold)
    }

    /// Passes an event to a sale, and acts for the book and the buyers. Returns the winner.
    fn handle(
        &mut self,
        sale: &mut Machine<EveryPhone>,
        input: Input,
        record: Option<&CallRecord>,
    ) -> Option<AttemptId> {
        let mut won = None;
        let mut next = VecDeque::from([input]);
        while let Some(input) = next.pop_front() {
            sale.handle(input, self.now(), &mut self.ids);
            while let Some(output) = sale.poll() {
                match output {
                    Output::Decide(inquiry, bids) => next.push_back(self.decide(&inquiry, &bids)),
                    Output::Hold { hold, pick } => next.push_back(self.hold(hold, &pick)),
                    Output::Settle { hold, how } => {
                        let _: Settled = self.simulation.settle(hold, how, self.now());
                    }
                    Output::Try(wave) => {
                        let tried = wave.attempts.iter().filter_map(|id| sale.attempt(*id));
                        next.extend(tried.map(|attempt| answer(record, attempt)));
                    }
                    Output::Won(attempt) => {
                        won = Some(attempt);
                        next.push_back(Input::Delivered(attempt));
                    }
                    Output::Survey(_)
                    | Output::Ask(_)
                    | Output::Confirm(_)
                    | Output::Cancel { .. } => {}
                    Output::Sold | Output::Unsold(_) | Output::Event(_) => {}
                }
            }
        }
        won
    }

    fn decide(&mut self, inquiry: &Inquiry, bids: &Bids) -> Input {
        let decision = self.simulation.auction(inquiry, bids, self.now(), &mut self.rng);
        self.note_full(&decision);
        Input::Decided(Box::new(decision))
    }

    fn hold(&mut self, hold: HoldId, pick: &Pick) -> Input {
        let held = self.simulation.hold(pick, hold, self.now());
        if let Err(Refused::Full(full)) = &held {
            self.full(full);
        }
        Input::Held(held.map_err(|refused| refused.skip()))
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

/// Returns what a buyer does with a past call.
fn answer(record: Option<&CallRecord>, attempt: &Attempt) -> Input {
    if record.is_none_or(|record| refused(record, &attempt.pick)) {
        return Input::Lost(attempt.id, Loss::new(Attempted::Declined));
    }
    Input::Accepted(attempt.id)
}

/// Returns whether the pick would not take the call, judged by its contract's last attempt, or
/// else those of the buyer's other contracts. Attempts that were only late, or canceled, might have
/// taken it.
fn refused(record: &CallRecord, pick: &Pick) -> bool {
    let own = record.attempts.iter().rfind(|attempt| attempt.contract == pick.contract);
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
            | Attempted::NoCommonCodec
            | Attempted::Unreachable
            | Attempted::Barred
            | Attempted::TrunkLimit
            | Attempted::Loop
            | Attempted::NotAccepted
            | Attempted::Gone
            | Attempted::Machine,
        ) => true,
        Some(Attempted::Won | Attempted::LostRace | Attempted::Canceled) | None => false,
    }
}

/// Returns how long the call rang before it was bridged.
fn ring(record: &CallRecord) -> Duration {
    let won = record.attempts.iter().find(|attempt| attempt.outcome == Some(Attempted::Won));
    Duration::from_millis(won.map_or(0, |attempt| attempt.ring_ms))
}
