//! Whole random days: however a source is paid, each cause of a sale balances in the ledger, and
//! statements are sums of the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Rng;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::billing::bill;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::book::PayoutShare;
use crate::call::CallRecord;
use crate::call::Scope;
use crate::statement::Line;
use crate::statement::Party;
use crate::statement::Question;
use crate::statement::Statement;
use crate::statement::Wanted;
use crate::store::AskedReturn;
use crate::store::CallChange;
use crate::store::DecidedReturn;
use crate::store::ReturnOutcome;
use crate::store::ReturnVerdict;
use crate::store::Sale;
use crate::store::Store;
use crate::store::Won;
use crate::store::sample::beat;
use crate::store::sample::bridged;
use crate::store::sample::by;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::second;
use crate::store::sample::update;

/// Number of random spans.
const SEEDS: u64 = 12;
/// Calls of a span.
const CALLS: u64 = 40;
/// Length of a span, in seconds: its calls lie in three UTC days.
const SPAN: u64 = 2 * 86_400;
/// Most payouts of a source in a day.
const PAID_MAX: u64 = 2;
/// A buyer and a source share an id.
const IDS: [&str; 3] = ["acme", "blue", "corp"];

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    let mut capped = 0;
    for seed in 0..SEEDS {
        capped += the_ledger_of_random_days_balances(&*fresh().await, seed).await;
    }
    assert!(capped > 0, "no payout met its cap");
}

/// Returns how many payouts met their cap.
async fn the_ledger_of_random_days_balances(store: &dyn Store, seed: u64) -> usize {
    let mut rng = Rng::seeded(seed);
    let mut calls = Vec::new();
    for n in 0..CALLS {
        let (call, source) = play(store, n, &mut rng).await;
        calls.push((call, source));
    }
    store.calls_close_open(&node(), second(SPAN + 1_000)).await.unwrap();
    give_back(store, &calls).await;
    let (mut postings, mut paid, mut capped) = (Vec::new(), BTreeMap::new(), 0);
    for (call, source) in &calls {
        let own = store.postings(*call).await.unwrap();
        for ((sale, cause), sums) in by_cause(&own) {
            let [revenue, payout, margin] = sums;
            assert_eq!(revenue, payout + margin, "seed {seed}: {sale} {cause}: {own:?}");
        }
        for posting in &own {
            if posting.pays() {
                let day = posting.at.micros() / 86_400_000_000;
                *paid.entry((*source, day)).or_insert(0) += 1;
            }
            capped += usize::from(posting.by.note == "cap_day");
        }
        postings.extend(own);
    }
    for ((source, day), count) in paid {
        assert!(count <= PAID_MAX, "seed {seed}: {source} is paid {count} times on day {day}");
    }
    for id in IDS {
        for party in [Party::Buyer(id.parse().unwrap()), Party::Source(id.parse().unwrap())] {
            check_statements(store, &party, &postings, seed).await;
        }
    }
    capped
}

/// Returns every fourth call by the operator's decision, twice. Those that are not billable are
/// refused.
async fn give_back(store: &dyn Store, calls: &[(CallId, &'static str)]) {
    for (call, _) in calls.iter().step_by(4) {
        for _ in 0..2 {
            let by = by("ann", second(SPAN + 2_000));
            let (reason, note, scope) = ("other".to_owned(), String::new(), Scope::All);
            let asked =
                AskedReturn { inquiry: (*call).into(), reason, note, scope, by: by.clone() };
            if let ReturnOutcome::Now(open) = store.return_ask(asked).await.unwrap() {
                let (id, verdict, note) = (open.id, ReturnVerdict::Accept, String::new());
                store.return_decide(DecidedReturn { id, verdict, note, by }).await.unwrap();
            }
        }
    }
}

/// Plays a call from its bridge to its end, or leaves it open. Returns it and its source.
async fn play(store: &dyn Store, n: u64, rng: &mut Rng) -> (CallId, &'static str) {
    // Distinct seconds give distinct ids.
    let begins = (SPAN / CALLS) * n + rng.below(SPAN / CALLS);
    let source = IDS[pick(rng, IDS.len())];
    let terms = |record: &mut CallRecord, rng: &mut Rng| {
        let buyer = IDS[pick(rng, IDS.len())];
        record.source = source.parse().unwrap();
        record.attempts[0].buyer = buyer.parse().unwrap();
        let price = dollars(rng.below(90_000_000));
        if let Some(winner) = &mut record.winner {
            winner.buyer = buyer.parse().unwrap();
            winner.price = price;
            winner.payout = payout(rng);
            let limits = PayoutLimits { day: Some(PAID_MAX), ..PayoutLimits::NONE };
            winner.payout_caps = PayoutCaps { zone: TimeZone::UTC, limits };
        }
        price
    };
    let mut same = rng.fork();
    let mut again = same.clone();
    let mut live = bridged(begins);
    let price = terms(&mut live, &mut same);
    let mut ended = finished(begins);
    terms(&mut ended, &mut again);
    ended.talk = Duration::from_millis(rng.below(200_000));
    ended.ended_at = ended.bridged_at.map(|at| at + ended.talk);
    let winner = ended.winner.as_ref().unwrap();
    let owed = bill(price, winner.buffer, winner.payout.as_ref(), Some(ended.talk));
    (ended.billable, ended.revenue, ended.payout) =
        (owed.billable, Some(owed.revenue), owed.payout);
    let (at, prepaid) = (second(begins + 10), rng.chance(1, 2));
    let sale = Sale {
        hold: None,
        at,
        units: Vec::new(),
        price,
        prepaid,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        balance_low: None,
        limits: Vec::new(),
    };
    let change = |record: CallRecord| {
        let sales = Won::by(&record, Some(sale.clone()));
        CallChange::of(record, Vec::new(), sales)
    };
    let id = live.id;
    if rng.chance(3, 4) {
        update(store, change(live.clone())).await.unwrap();
    }
    if rng.chance(1, 6) {
        // The switch is killed later; it was last seen at this time.
        update(store, change(live)).await.unwrap();
        beat(store, vec![id], second(begins + 10 + rng.below(200))).await.unwrap();
        return (id, source);
    }
    for _ in 0..=rng.below(2) {
        finish(store, change(ended.clone())).await.unwrap();
    }
    (id, source)
}

fn pick(rng: &mut Rng, len: usize) -> usize {
    usize::try_from(rng.below(len as u64)).unwrap()
}

fn dollars(micros: u64) -> Money {
    Money::from_micros(i64::try_from(micros).unwrap(), Currency::USD)
}

/// Returns no payout, a fixed one (which may exceed the price), or a share within bounds.
fn payout(rng: &mut Rng) -> Option<Payout> {
    let bound = |rng: &mut Rng| rng.chance(1, 2).then(|| dollars(rng.below(60_000_000)));
    match rng.below(3) {
        0 => None,
        1 => Some(Payout::Fixed(dollars(rng.below(120_000_000)))),
        _ => {
            let share = format!("{}.{}%", rng.below(100), rng.below(10)).parse().unwrap();
            let (one, other) = (bound(rng), bound(rng));
            let (min, max) = match (one, other) {
                (Some(a), Some(b)) if a.micros() > b.micros() => (other, one),
                bounds => bounds,
            };
            Some(Payout::Share(PayoutShare { share, min, max, less: None }))
        }
    }
}

/// Returns the sums of revenue, payout and margin of each cause.
fn by_cause(postings: &[Posting]) -> BTreeMap<(AttemptId, String), [i64; 3]> {
    let mut sums = BTreeMap::new();
    for posting in postings {
        let key = (posting.sale, posting.cause.to_string());
        let sum: &mut [i64; 3] = sums.entry(key).or_default();
        match posting.kind {
            PostingKind::Revenue(_) => sum[0] += posting.amount.micros(),
            PostingKind::Payout(_) => sum[1] += posting.amount.micros(),
            PostingKind::Margin => sum[2] += posting.amount.micros(),
            PostingKind::Budget | PostingKind::Charge(_) | PostingKind::Return(_) => {}
        }
    }
    sums
}

/// Statements of the first and of the second part of the span have every posting of the account
/// once; what one leaves, the next begins with.
async fn check_statements(store: &dyn Store, party: &Party, postings: &[Posting], seed: u64) {
    let is_own = |posting: &&Posting| match (&posting.kind, party) {
        (PostingKind::Payout(source), Party::Source(own)) => source == own,
        (
            PostingKind::Revenue(buyer) | PostingKind::Charge(buyer) | PostingKind::Return(buyer),
            Party::Buyer(own),
        ) => buyer == own,
        _ => false,
    };
    let own: Vec<&Posting> = postings.iter().filter(is_own).collect();
    let charged: Vec<AttemptId> =
        own.iter().filter(|posting| posting.kind.is_in_balance()).map(|one| one.sale).collect();
    let middle = second(SPAN / 2).to_string();
    let (mut lines, mut due, mut before) = (Vec::new(), 0, None);
    for (since, until) in [("2025-01-01", middle.as_str()), (middle.as_str(), "2026-01-01")] {
        let wanted = Wanted { since: Some(since), until: Some(until), ..Wanted::default() };
        let question = Question::new(party.clone(), wanted, second(0), Currency::USD).unwrap();
        let sums = store.statement_sums(question.clone()).await.unwrap();
        let last = sums.last;
        let statement = Statement::new(&question, sums);
        if let Some(before) = before {
            assert_eq!(statement.opening, before, "seed {seed}: {party:?}");
        }
        before = Some(statement.closing);
        due += statement.due.micros();
        let first = lines.len();
        let mut after = None;
        loop {
            let page = store.statement_lines(question.clone(), last, after, 3).await.unwrap();
            after = page.last().map(Line::place);
            let is_last = page.len() < 3;
            lines.extend(page);
            if is_last {
                break;
            }
        }
        let counted: u64 = statement.totals.iter().map(|total| total.count).sum();
        assert_eq!(counted, (lines.len() - first) as u64, "seed {seed}: {party:?}");
    }
    assert_eq!(lines.len(), own.len(), "seed {seed}: {party:?}");
    let mut expected: Vec<(i64, i64)> =
        own.iter().map(|posting| (posting.at.micros(), posting.amount.micros())).collect();
    let mut found: Vec<(i64, i64)> =
        lines.iter().map(|line| (line.at.micros(), line.amount.micros())).collect();
    assert!(found.iter().map(|(at, _)| at).is_sorted(), "seed {seed}: {party:?}");
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, "seed {seed}: {party:?}");
    let is_due = |posting: &&&Posting| match posting.kind {
        PostingKind::Payout(_) => true,
        PostingKind::Revenue(_) => !charged.contains(&posting.sale),
        _ => false,
    };
    let owed: i64 = own.iter().filter(is_due).map(|posting| posting.amount.micros()).sum();
    assert_eq!(due, owed, "seed {seed}: {party:?}");
}
