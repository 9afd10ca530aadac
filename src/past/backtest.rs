//! Routes past calls and leads with a draft of the book.
//!
//! They run in their original order, with the fields, source, caller, score and time of their first
//! decision. Caps start empty and fill as they are sold; prepaid buyers are assumed to have paid; a
//! sold call holds its concurrent unit while it was connected. A buyer who did not take an inquiry
//! when it was tried then does not take it now; any other buyer is assumed to take it. Auctions are
//! answered with the bids that were made; a bidder whose bid is unknown bids nothing. Each inquiry is
//! read once and nothing is kept of those that ended, so that their number does not matter.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Outcome;
use super::Report;
use super::Sold;
use super::inquiry::Known;
use super::inquiry::Worth;
use super::line::Line;
use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Outcome as Attempted;
use crate::base::Rng;
use crate::base::SourceId;
use crate::base::Wall;
use crate::billing::Bill;
use crate::book::Book;
use crate::book::Channel;
use crate::book::Payout;
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
use crate::sale::Bidders;
use crate::sale::Bidding;
use crate::sale::Confirmation;
use crate::sale::Input;
use crate::sale::Loss;
use crate::sale::Machine;
use crate::sale::Output;
use crate::sale::Terms;
use crate::sale::answer_by_past;
use crate::store::Decided;
use crate::store::PAGE_CALLS_MAX;
use crate::store::Store;
use crate::store::StoreError;

/// Seed of every random choice: the same past and book give the same report.
const SEED: u64 = 1891;
/// Assumed balance of prepaid buyers, in micros: a backtest does not test payments.
const ENOUGH: i64 = i64::MAX / 2;
/// Longest wait of a lead for an opening, as `[leads] park_max` has it by default.
const PARK_MAX: Duration = Duration::from_secs(7 * 86_400);

/// Runs a backtest of a book on the calls and leads from `since` on.
pub async fn backtest(
    store: &dyn Store,
    book: Arc<Book>,
    since: Wall,
) -> Result<Report, StoreError> {
    let mut trial = Trial::new(book, since);
    let mut cursor = None;
    loop {
        let page = store.decided_since(since, cursor, PAGE_CALLS_MAX).await?;
        for decided in &page.items {
            trial.inquiry(decided);
        }
        cursor = page.next;
        if cursor.is_none() {
            trial.finish();
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
    /// Leads that wait for an opening, by its time and the order of their coming.
    parked: BTreeMap<(Wall, u64), Sale>,
    /// Number of leads that were parked.
    parked_count: u64,
    /// Latest time so far: time never goes back.
    clock: Wall,
    report: Report,
}

/// A live sold call.
struct Up {
    sale: Machine<Bidders<Line>>,
    bill: Bill,
}

/// An inquiry that is being sold.
struct Sale {
    machine: Machine<Bidders<Line>>,
    known: Known,
    source: Option<SourceId>,
    won: Vec<AttemptId>,
}

impl Trial {
    fn new(book: Arc<Book>, since: Wall) -> Self {
        let price = book.contracts.first().map(|contract| contract.price.currency());
        let report = Report::new(since, price.unwrap_or(Currency::USD));
        let prepaid = book.buyers.iter().filter(|buyer| buyer.prepaid);
        let prepaid: Vec<BuyerId> = prepaid.map(|buyer| buyer.id.clone()).collect();
        let mut simulation = Simulation::new(Snapshot::compile(book, 0));
        for buyer in &prepaid {
            simulation.credit(buyer, Money::from_micros(ENOUGH, report.currency()));
        }
        let mut rng = Rng::seeded(SEED);
        let ids = rng.fork();
        let (up, parked) = (BTreeMap::new(), BTreeMap::new());
        Self { simulation, rng, ids, up, parked, parked_count: 0, clock: since, report }
    }

    fn inquiry(&mut self, decided: &Decided) {
        // A decision that is unreadable cannot be repeated.
        let first = decided.decisions.first();
        let trace = first.and_then(|row| serde_json::from_str::<Trace>(&row.document).ok());
        let Some((trace, known)) = trace.zip(Known::of(&decided.inquiry)) else { return };
        if known.was_abandoned {
            self.report.abandoned += 1;
            return;
        }
        self.pass(trace.at());
        let inquiry = trace.inquiry();
        if self.simulation.snapshot().roster(&inquiry.offer).is_none() {
            self.report.no_offer += 1;
        }
        let book = self.simulation.snapshot().book().clone();
        let channel = known.channel;
        let bidders = Bidders::new(Line::of(channel, &book), channel, book, 0);
        let (source, won) = (inquiry.source.clone(), Vec::new());
        let sale = Sale { machine: Machine::new(bidders, None), known, source, won };
        let terms = match channel {
            Channel::Call => Terms { width: Some(1), ..Terms::new(inquiry) },
            Channel::Form => Terms { patience: PARK_MAX, ..Terms::new(inquiry) },
        };
        self.sell(sale, Input::Sell(Box::new(terms)));
    }

    /// Returns both clocks: the monotonic one runs with the wall clock.
    fn now(&self) -> Now {
        Now::from_origin(Wall::default(), self.clock)
    }

    /// Lets time pass: sold calls end, and leads that wait are sold when a contract opens.
    fn pass(&mut self, until: Wall) {
        loop {
            let end = self.up.keys().next().map(|(at, _)| *at);
            let opening = self.parked.keys().next().map(|(at, _)| *at);
            let Some(next) = end.into_iter().chain(opening).min().filter(|at| *at <= until) else {
                break;
            };
            self.clock = self.clock.max(next);
            if end == Some(next) {
                self.hang_up();
            } else if let Some((_, sale)) = self.parked.pop_first() {
                self.sell(sale, Input::Tick);
            }
        }
        self.clock = self.clock.max(until);
    }

    /// Sells what still waits. A wait ends with its patience.
    fn finish(&mut self) {
        while let Some((at, _)) = self.parked.keys().next().copied() {
            self.pass(at);
        }
    }

    /// Ends the sold call that ends first.
    fn hang_up(&mut self) {
        if let Some(((_, attempt), Up { mut sale, bill })) = self.up.pop_first() {
            self.bill(&mut sale, attempt, bill);
        }
    }

    /// Ends a sale's hold with its bill.
    fn bill(&mut self, sale: &mut Machine<Bidders<Line>>, attempt: AttemptId, bill: Bill) {
        sale.handle(Input::Billed(attempt, bill), self.now(), &mut self.ids);
        while let Some(output) = sale.poll() {
            if let Output::Settle { hold, how } = output {
                let _: Settled = self.simulation.settle(hold, how, self.now());
            }
        }
    }

    /// Goes on with a sale, and counts its result once it has one.
    fn sell(&mut self, mut sale: Sale, input: Input) {
        self.handle(&mut sale, input);
        if sale.machine.is_waiting()
            && let Some(at) = sale.machine.deadline()
        {
            // No wait is over before it began, so that time goes on.
            let at = self.clock + at.since(self.now().mono).max(Duration::from_micros(1));
            self.parked_count += 1;
            self.parked.insert((at, self.parked_count), sale);
            return;
        }
        let outcome = self.outcome(sale);
        self.report.count(&outcome);
    }

    /// Bills what was sold. A sold call ends later, a sold lead at once.
    fn outcome(&mut self, sale: Sale) -> Outcome {
        let Sale { mut machine, known, source, won } = sale;
        let book = self.simulation.snapshot().book().clone();
        let source = source.and_then(|source| book.source(&source));
        let (mut now, mut up): (Vec<Sold>, _) = (Vec::new(), None);
        let mut is_assumed = false;
        for id in won {
            let Some(pick) = machine.attempt(id).map(|attempt| attempt.pick.clone()) else {
                continue;
            };
            let offer = book.contract(&pick.contract).map(|contract| &contract.offer);
            let payout = source.zip(offer).and_then(|(source, offer)| source.payout_for(offer));
            // A fixed payout is owed once for a lead.
            let again = !now.is_empty() && matches!(payout, Some(Payout::Fixed(_)));
            let worth = known.worth(&pick, payout.filter(|_| !again));
            let Worth { bill, busy, is_assumed: assumed } = worth;
            is_assumed |= assumed;
            let (revenue, payout) = (bill.revenue, bill.payout);
            now.push(Sold { buyer: pick.buyer, contract: pick.contract, revenue, payout });
            match known.channel {
                Channel::Call => up = Some(((self.clock + busy, id), bill)),
                Channel::Form => self.bill(&mut machine, id, bill),
            }
        }
        if let Some((end, bill)) = up {
            self.up.insert(end, Up { sale: machine, bill });
        }
        self.report.assume(known.channel, is_assumed);
        Outcome { channel: known.channel, then: known.then, now }
    }

    /// Passes an event to a sale, and acts for the book and the buyers.
    fn handle(&mut self, sale: &mut Sale, input: Input) {
        let mut next = VecDeque::from([input]);
        while let Some(input) = next.pop_front() {
            sale.machine.reach_mut().set_time(self.clock);
            sale.machine.handle(input, self.now(), &mut self.ids);
            while let Some(output) = sale.machine.poll() {
                match output {
                    Output::Survey(inquiry) => {
                        let survey = self.simulation.preview(&inquiry, self.now());
                        next.push_back(Input::Surveyed(Box::new(survey)));
                    }
                    Output::Ask(bidding) => self.ask(sale, &bidding),
                    Output::Decide(inquiry, bids) => next.push_back(self.decide(&inquiry, &bids)),
                    Output::Hold { hold, pick } => next.push_back(self.hold(hold, &pick)),
                    Output::Settle { hold, how } => {
                        let _: Settled = self.simulation.settle(hold, how, self.now());
                    }
                    Output::Confirm(id) => {
                        // Whether a bidder confirmed then is in its attempt.
                        let confirmed = Confirmation::Confirmed { destinations: Vec::new() };
                        next.push_back(Input::Confirmed(id, confirmed));
                    }
                    Output::Try(wave) => {
                        let ids = wave.attempts.iter();
                        let tried = ids.filter_map(|id| sale.machine.attempt(*id));
                        next.extend(tried.map(|attempt| answer(&sale.known, attempt)));
                    }
                    Output::Won(attempt) => {
                        sale.won.push(attempt);
                        next.push_back(Input::Delivered(attempt));
                    }
                    Output::Cancel { .. } | Output::Sold | Output::Unsold(_) | Output::Event(_) => {
                    }
                }
            }
        }
    }

    /// Answers an auction with the bids that were made, and counts those that are unknown.
    fn ask(&mut self, sale: &mut Sale, bidding: &Bidding) {
        let (now, bids) = (self.now(), &sale.known.bids);
        for contract in answer_by_past(&mut sale.machine, bidding, bids, now, &mut self.ids) {
            *self.report.bids_unknown.entry(contract).or_default() += 1;
        }
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

/// Returns what a buyer does with a past inquiry.
fn answer(known: &Known, attempt: &Attempt) -> Input {
    if known.refuses(&attempt.pick) {
        return Input::Lost(attempt.id, Loss::new(Attempted::Declined));
    }
    Input::Accepted(attempt.id)
}
