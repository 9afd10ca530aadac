//! Cost of a decision and a hold: `cargo bench --bench decide`.
//!
//! `evaluate` runs the two evaluators alone, every contract with its reason. `decide` is the whole
//! decision through the door for a known inquiry: verdicts, caps, hours, picks, in reused memory.
//! `inquiry` computes what is known of an inquiry. `fresh` does both in memory of its own, as a
//! call does once. `end to end` holds the first pick's 18 counters (contract, buyer, offer × six
//! windows) and keeps a trace of every reason, over one hot offer and over 1,000 cold ones.
//!
//! `cargo bench --bench decide -- table` prints only the table of `docs/performance.md`: CPU time,
//! which grows less than wall-clock time on a busy machine, ratios, and allocations.

#![expect(clippy::unwrap_used, reason = "benchmark helpers")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time, and is its own program")]

#[path = "support/counted.rs"]
mod counted;
#[path = "../tests/support/random_book.rs"]
mod random_book;
#[path = "../tests/support/ready.rs"]
mod ready;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::criterion_group;
use strowger::base::HoldId;
use strowger::base::Now;
use strowger::base::OfferId;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::book::Book;
use strowger::caps::Settle;
use strowger::dispatch::Dispatch;
use strowger::quota::Quota;
use strowger::routing::Decision;
use strowger::routing::Hold;
use strowger::routing::Inquiry;
use strowger::routing::Known;
use strowger::routing::Moment;
use strowger::routing::Snapshot;
use strowger::routing::Unused;
use strowger::routing::index;
use strowger::routing::plain;

use random_book::Shape;
use ready::ready;

const SIZES: [usize; 4] = [10, 30, 1_000, 10_000];
/// Inquiries in rotation, so that the branch predictor cannot learn one of them.
const INQUIRIES: usize = 256;
/// A third of the contracts has each kind of filter, a ninth has each kind of cap.
const SHAPE: Shape = Shape { filtered: 33, zips: 400, special: 0, rare: 0 };
/// Number of offers with 30 contracts, too many for a cache.
const COLD: usize = 1_000;

fn at() -> Now {
    // 2026-01-06 15:00 UTC, a Tuesday; a string would be parsed for every decision.
    Now::at(Wall::from_micros(1_767_711_600_000_000))
}

fn book(contracts: usize) -> Book {
    let mut book = random_book::book(&mut Rng::seeded(3), SHAPE, contracts);
    book.offers[0].strategy = strowger::book::Strategy::Priority;
    book
}

fn door(book: Book) -> Dispatch {
    Dispatch::new(Snapshot::compile(Arc::new(book), 1), Quota::memory())
}

fn known() -> Vec<Arc<Known>> {
    inquiries().iter().map(|inquiry| Arc::new(Known::of(inquiry))).collect()
}

fn inquiries() -> Vec<Inquiry> {
    let mut rng = Rng::seeded(4);
    (0..INQUIRIES).map(|_| random_book::inquiry(&mut rng).0).collect()
}

fn evaluators(criterion: &mut Criterion) {
    let known = known();
    for size in SIZES {
        let snapshot = Snapshot::compile(Arc::new(book(size)), 1);
        let roster = snapshot.roster(&random_book::offer()).unwrap();
        let moment = Moment::new(roster, at());
        let mut group = criterion.benchmark_group("evaluate");
        let mut turn = known.iter().cycle();
        group.bench_function(BenchmarkId::new("plain", size), |bencher| {
            bencher.iter(|| {
                black_box(plain::evaluate(roster, turn.next().unwrap(), &Unused, &moment))
            });
        });
        let mut found = index::Sweep::default();
        group.bench_function(BenchmarkId::new("index", size), |bencher| {
            bencher.iter(|| {
                index::sweep(roster, turn.next().unwrap(), &Unused, &moment, &mut found);
                black_box(&found);
            });
        });
        group.finish();
    }
}

fn decisions(criterion: &mut Criterion) {
    let (asked, known) = (inquiries(), known());
    let mut rng = Rng::seeded(9);
    for size in SIZES {
        let door = door(book(size));
        let snapshot = door.snapshot();
        let offer = random_book::offer();
        let mut decision = Decision::without_picks(offer.clone(), known[0].clone(), at(), 1);
        let mut turn = known.iter().cycle();
        criterion.bench_function(&format!("decide/{size}"), |bencher| {
            bencher.iter(|| {
                decision.ask(offer.clone(), turn.next().unwrap().clone());
                ready(door.decide_again(&snapshot, &mut decision, at(), &mut rng));
                black_box(&decision);
            });
        });
        let mut turn = asked.iter().cycle();
        criterion.bench_function(&format!("fresh/{size}"), |bencher| {
            bencher.iter(|| {
                black_box(ready(door.decide(&snapshot, turn.next().unwrap(), at(), &mut rng)))
            });
        });
    }
    let mut turn = asked.iter().cycle();
    criterion.bench_function("inquiry", |bencher| {
        bencher.iter(|| black_box(Known::of(turn.next().unwrap())));
    });
}

/// A book of many offers, each a copy of another random one.
fn many(offers: usize, contracts: usize) -> Book {
    let mut rng = Rng::seeded(3);
    let mut all = Book::default();
    for n in 0..offers {
        let mut one = random_book::book(&mut rng, SHAPE, contracts);
        let offer: OfferId = format!("offer-{n}").parse().unwrap();
        one.offers[0].id = offer.clone();
        one.offers[0].strategy = strowger::book::Strategy::Priority;
        for buyer in &mut one.buyers {
            buyer.id = format!("{}-{n}", buyer.id).parse().unwrap();
        }
        for contract in &mut one.contracts {
            contract.id = format!("{}-{n}", contract.id).parse().unwrap();
            contract.buyer = format!("{}-{n}", contract.buyer).parse().unwrap();
            contract.offer = offer.clone();
        }
        all.buyers.extend(one.buyers);
        all.offers.extend(one.offers);
        all.contracts.extend(one.contracts);
    }
    all
}

/// Decides, holds the first pick, releases it, and keeps every reason.
fn turn(
    door: &Dispatch,
    snapshot: &Snapshot,
    decision: &mut Decision,
    rng: &mut Rng,
    trace: &mut Vec<u8>,
) {
    ready(door.decide_again(snapshot, decision, at(), rng));
    trace.clear();
    trace.extend(decision.reasons().map(|reason| reason.map_or(0, |reason| reason as u8 + 1)));
    if let Some(pick) = decision.first() {
        let id = HoldId::new(at(), rng);
        if let Ok(mut hold) = ready(door.hold(&pick, id, at())) {
            let _ = black_box(ready(door.settle(&mut hold, Settle::Release, at())));
        }
    }
    black_box(&trace);
}

fn end_to_end(criterion: &mut Criterion) {
    let known = known();
    for (name, book) in [("hot", book(30)), ("cold", many(COLD, 30))] {
        let door = door(book);
        let snapshot = door.snapshot();
        let offers: Vec<OfferId> = snapshot.book().offers.iter().map(|o| o.id.clone()).collect();
        let mut decision = Decision::without_picks(offers[0].clone(), known[0].clone(), at(), 1);
        let (mut rng, mut trace) = (Rng::seeded(9), Vec::new());
        let mut one = |rng: &mut Rng| {
            let offer = &offers[usize::try_from(rng.below(offers.len() as u64)).unwrap()];
            let known = &known[usize::try_from(rng.below(INQUIRIES as u64)).unwrap()];
            decision.ask(offer.clone(), known.clone());
            turn(&door, &snapshot, &mut decision, rng, &mut trace);
        };
        criterion.bench_function(&format!("end to end/{name}"), |bencher| {
            bencher.iter(|| one(&mut rng));
        });
    }
}

fn compile(criterion: &mut Criterion) {
    for size in SIZES {
        let book = Arc::new(book(size));
        criterion.bench_function(&format!("compile/{size}"), |bencher| {
            bencher.iter(|| black_box(Snapshot::compile(book.clone(), 1)));
        });
    }
    let book = many(COLD, 30);
    let snapshot = Snapshot::compile(Arc::new(book.clone()), 1);
    let mut edited = book;
    edited.contracts[7].priority += 1;
    let edited = Arc::new(edited);
    criterion.bench_function("edit/one of 30 in 30,000", |bencher| {
        bencher.iter(|| black_box(snapshot.next(edited.clone(), 2)));
    });
}

fn holds(criterion: &mut Criterion) {
    let shape = Shape { filtered: 0, zips: 1, special: 0, rare: 0 };
    let book = random_book::book(&mut Rng::seeded(3), shape, 30);
    let door = door(book);
    let (inquiry, now) = random_book::inquiry(&mut Rng::seeded(4));
    let decision = ready(door.preview(&door.snapshot(), &inquiry, now));
    let picks: Vec<_> = decision.picks().collect();
    let pair = |pick: usize, rng: &mut Rng| {
        let id = HoldId::new(now, rng);
        let mut hold = ready(door.hold(&picks[pick], id, now)).unwrap();
        ready(door.settle(&mut hold, Settle::Release, now))
    };
    let mut rng = Rng::seeded(5);
    criterion.bench_function("hold id", |bencher| {
        bencher.iter(|| black_box(HoldId::new(now, &mut rng)));
    });
    criterion.bench_function("hold and release", |bencher| {
        bencher.iter(|| pair(0, &mut rng));
    });
    criterion.bench_function("hold and release, two threads", |bencher| {
        bencher.iter_custom(|rounds| {
            let fork: [[u8; 32]; 2] = std::array::from_fn(|_| {
                let mut seed = [0; 32];
                rng.fill(&mut seed);
                seed
            });
            let start = Instant::now();
            std::thread::scope(|scope| {
                for (pick, seed) in fork.into_iter().enumerate() {
                    scope.spawn(move || {
                        let mut rng = Rng::from_entropy(seed);
                        for _ in 0..rounds.div_ceil(2) {
                            let _ = black_box(pair(pick, &mut rng));
                        }
                    });
                }
            });
            start.elapsed()
        });
    });
}

/// Offers of the table's cold rows: bounded so that all contracts fit into memory.
fn cold(size: usize) -> usize {
    (30_000 / size).clamp(1, COLD)
}

/// Prints a row: the cost of a decision alone, and with its hold and trace. The latter is also
/// measured in wall-clock time, one by one.
fn row(name: &str, book: Book, known: &[Arc<Known>], plain: f64) {
    let door = door(book);
    let snapshot = door.snapshot();
    let offers: Vec<OfferId> = snapshot.book().offers.iter().map(|o| o.id.clone()).collect();
    let mut decision = Decision::without_picks(offers[0].clone(), known[0].clone(), at(), 1);
    let (mut rng, mut trace) = (Rng::seeded(9), Vec::new());
    let ask = |decision: &mut Decision, rng: &mut Rng| {
        let offer = &offers[usize::try_from(rng.below(offers.len() as u64)).unwrap()];
        let known = &known[usize::try_from(rng.below(INQUIRIES as u64)).unwrap()];
        decision.ask(offer.clone(), known.clone());
    };
    let contracts = snapshot.book().contracts.len() / offers.len();
    let rounds = u32::try_from(2_000_000 / (contracts + 30)).unwrap().clamp(400, 20_000);
    let decide = counted::cost(rounds, || {
        ask(&mut decision, &mut rng);
        ready(door.decide_again(&snapshot, &mut decision, at(), &mut rng));
        black_box(&decision);
    });
    let whole = counted::cost(rounds, || {
        ask(&mut decision, &mut rng);
        turn(&door, &snapshot, &mut decision, &mut rng, &mut trace);
    });
    let mut times: Vec<u128> = Vec::with_capacity(100_000);
    for _ in 0..rounds * 5 {
        ask(&mut decision, &mut rng);
        let start = Instant::now();
        turn(&door, &snapshot, &mut decision, &mut rng, &mut trace);
        times.push(start.elapsed().as_nanos());
    }
    times.sort_unstable();
    let of = |percent: usize| times[times.len() * percent / 100];
    println!(
        "| {name} | {:.0} | {:.1} | {:.3} | {:.0} | {:.3} | {} / {} |",
        decide.nanos,
        plain / decide.nanos,
        decide.allocations,
        whole.nanos,
        whole.allocations,
        of(50),
        of(99)
    );
}

/// Prints the table of `docs/performance.md`.
fn table(known: &[Arc<Known>]) {
    println!(
        "| offers × contracts | decide, ns | plain / decide | allocations | with hold, release and \
         trace, ns | allocations | p50 / p99 wall clock, ns |"
    );
    println!("|---|---|---|---|---|---|---|");
    for size in SIZES {
        let hot = book(size);
        let snapshot = Snapshot::compile(Arc::new(hot.clone()), 1);
        let roster = snapshot.roster(&random_book::offer()).unwrap();
        let moment = Moment::new(roster, at());
        let mut turn = known.iter().cycle();
        let rounds = u32::try_from(300_000 / size).unwrap();
        let plain = counted::cost(rounds, || {
            black_box(plain::evaluate(roster, turn.next().unwrap(), &Unused, &moment));
        });
        row(&format!("1 × {size}"), hot, known, plain.nanos);
        let offers = cold(size);
        if offers > 1 {
            row(&format!("{offers} × {size}"), many(offers, size), known, plain.nanos);
        }
    }
    let book = Arc::new(book(10_000));
    let compiled = counted::cost(1, || drop(black_box(Snapshot::compile(book.clone(), 1))));
    println!("compile 10,000 contracts of one offer: {:.1} ms", compiled.nanos / 1e6);
    let spread = many(1_000, 10);
    edits(&spread);
}

/// Prints the cost of an edit in a book of 1,000 offers with ten contracts each.
fn edits(book: &Book) {
    let text = strowger::book::to_toml(book);
    let read = counted::cost(1, || drop(black_box(strowger::book::parse("book", &text))));
    let snapshot = Snapshot::compile(Arc::new(book.clone()), 1);
    let mut edited = book.clone();
    edited.contracts[7].priority += 1;
    let edited = Arc::new(edited);
    let next = counted::cost(1, || drop(black_box(snapshot.next(edited.clone(), 2))));
    let door = door(book.clone());
    let load = counted::cost(1, || door.load(snapshot.next(edited.clone(), 2)));
    println!(
        "an edit in 10,000 contracts, {} kB: read {:.1} ms, compile {:.1} ms, with publishing {:.1} ms",
        text.len() / 1_000,
        read.nanos / 1e6,
        next.nanos / 1e6,
        load.nanos / 1e6
    );
}

/// Prints the CPU time of holding 18 counters, without the ids, and of the release.
fn table_of_holds() {
    let shape = Shape { filtered: 0, zips: 1, special: 0, rare: 0 };
    let book = random_book::book(&mut Rng::seeded(3), shape, 30);
    let door = door(book);
    let (inquiry, now) = random_book::inquiry(&mut Rng::seeded(4));
    let decision = ready(door.preview(&door.snapshot(), &inquiry, now));
    let picks: Vec<_> = decision.picks().collect();
    let one = |pick: usize, seed: u64| {
        let mut rng = Rng::seeded(seed);
        let mut ids: Vec<HoldId> = Vec::with_capacity(20_000);
        let mut holds: Vec<Hold> = Vec::with_capacity(20_000);
        let (mut held, mut released) = (Vec::new(), Vec::new());
        for _ in 0..9 {
            ids.clear();
            holds.clear();
            ids.extend((0..20_000).map(|_| HoldId::new(now, &mut rng)));
            let start = counted::processor_time();
            holds.extend(ids.iter().map(|id| ready(door.hold(&picks[pick], *id, now)).unwrap()));
            let middle = counted::processor_time();
            for hold in &mut holds {
                let _ = black_box(ready(door.settle(hold, Settle::Release, now)));
            }
            held.push((middle - start).as_nanos() / 20_000);
            released.push((counted::processor_time() - middle).as_nanos() / 20_000);
        }
        held.sort_unstable();
        released.sort_unstable();
        (held[4], released[4])
    };
    println!("hold, release of 18 counters, 1 thread: {:?} ns", one(0, 5));
    let both = std::thread::scope(|scope| {
        let one = &one;
        let threads = [scope.spawn(move || one(0, 6)), scope.spawn(move || one(1, 7))];
        threads.map(|thread| thread.join().unwrap())
    });
    println!("hold, release of 18 counters, 2 threads, one offer: {both:?} ns");
}

criterion_group!(benches, evaluators, decisions, end_to_end, holds, compile);

fn main() {
    table(&known());
    table_of_holds();
    if std::env::args().all(|arg| arg != "table") {
        benches();
        Criterion::default().configure_from_args().final_summary();
    }
}
