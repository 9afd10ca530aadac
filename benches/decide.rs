//! What a decision and a hold cost: `cargo bench --bench decide`.
//!
//! `evaluate` are the two evaluators alone, every contract with its reason. `decide` is the whole
//! decision through the door, of an inquiry that is known already: verdicts, caps, hours, picks,
//! with the memory of the one before. `inquiry` is what is known of an inquiry, `fresh` both
//! together with memory of their own, as a call does it once. `end to end` holds the first pick's
//! 18 counters (contract, buyer, offer × six windows) and keeps a trace of every reason, over one
//! hot offer and over 1,000 cold ones.

#![expect(clippy::unwrap_used, reason = "benchmark helpers")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time, and is its own program")]

#[path = "../tests/support/random_book.rs"]
mod random_book;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use strowger::base::HoldId;
use strowger::base::Now;
use strowger::base::OfferId;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::book::Book;
use strowger::caps::Settle;
use strowger::dispatch::Dispatch;
use strowger::quota::Memory;
use strowger::routing::Decision;
use strowger::routing::Inquiry;
use strowger::routing::Known;
use strowger::routing::Moment;
use strowger::routing::Snapshot;
use strowger::routing::Unused;
use strowger::routing::index;
use strowger::routing::plain;

use random_book::Shape;

const SIZES: [usize; 4] = [10, 30, 1_000, 10_000];
/// Inquiries that take turns, so that no branch is learnt by heart.
const INQUIRIES: usize = 256;
/// A third of the contracts has each kind of filter, one in nine each kind of cap.
const SHAPE: Shape = Shape { filtered: 33, zips: 400, special: 0, rare: 0 };
/// Offers of 30 contracts that do not fit into a cache.
const COLD: usize = 1_000;

fn at() -> Now {
    // 2026-01-06 15:00 UTC, a Tuesday; a text would be parsed for every decision.
    Now::at(Wall::from_micros(1_767_711_600_000_000))
}

fn book(contracts: usize) -> Book {
    let mut book = random_book::book(&mut Rng::seeded(3), SHAPE, contracts);
    book.offers[0].strategy = strowger::book::Strategy::Priority;
    book
}

fn door(book: Book) -> Dispatch {
    Dispatch::new(Snapshot::compile(Arc::new(book), 1), Box::new(Memory::new()))
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
        let mut found = index::Found::default();
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
        let mut decision = Decision::nobody(offer.clone(), known[0].clone(), at(), 1);
        let mut turn = known.iter().cycle();
        criterion.bench_function(&format!("decide/{size}"), |bencher| {
            bencher.iter(|| {
                decision.ask(offer.clone(), turn.next().unwrap().clone());
                door.decide_again(&snapshot, &mut decision, at(), &mut rng);
                black_box(&decision);
            });
        });
        let mut turn = asked.iter().cycle();
        criterion.bench_function(&format!("fresh/{size}"), |bencher| {
            bencher
                .iter(|| black_box(door.decide(&snapshot, turn.next().unwrap(), at(), &mut rng)));
        });
    }
    let mut turn = asked.iter().cycle();
    criterion.bench_function("inquiry", |bencher| {
        bencher.iter(|| black_box(Known::of(turn.next().unwrap())));
    });
}

/// A book of many offers, each a copy of another random one.
fn many() -> Book {
    let mut rng = Rng::seeded(3);
    let mut all = Book::default();
    for n in 0..COLD {
        let mut one = random_book::book(&mut rng, SHAPE, 30);
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

/// Decides, holds the first pick and releases it, and keeps every reason.
fn turn(
    door: &Dispatch,
    snapshot: &Snapshot,
    decision: &mut Decision,
    rng: &mut Rng,
    trace: &mut Vec<u8>,
) {
    door.decide_again(snapshot, decision, at(), rng);
    trace.clear();
    trace.extend(decision.reasons().map(|reason| reason.map_or(0, |reason| reason as u8 + 1)));
    if let Some(pick) = decision.first() {
        let id = HoldId::new(at(), rng);
        if door.hold(&pick, id, at()).is_ok() {
            let _ = black_box(door.settle(id, Settle::Release, at()));
        }
    }
    black_box(&trace);
}

fn end_to_end(criterion: &mut Criterion) {
    let known = known();
    for (name, book) in [("hot", book(30)), ("cold", many())] {
        let door = door(book);
        let snapshot = door.snapshot();
        let offers: Vec<OfferId> = snapshot.book().offers.iter().map(|o| o.id.clone()).collect();
        let mut decision = Decision::nobody(offers[0].clone(), known[0].clone(), at(), 1);
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
        let mut times: Vec<u128> = Vec::new();
        for _ in 0..200_000 {
            let start = Instant::now();
            one(&mut rng);
            times.push(start.elapsed().as_nanos());
        }
        times.sort_unstable();
        let of = |share: usize| times[times.len() * share / 1_000];
        println!(
            "end to end/{name}: p50 {} ns, p99 {} ns, p99.9 {} ns, with the timer",
            of(500),
            of(990),
            of(999)
        );
    }
}

fn compile(criterion: &mut Criterion) {
    for size in SIZES {
        let book = Arc::new(book(size));
        criterion.bench_function(&format!("compile/{size}"), |bencher| {
            bencher.iter(|| black_box(Snapshot::compile(book.clone(), 1)));
        });
    }
    let book = many();
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
    let decision = door.preview(&door.snapshot(), &inquiry, now);
    let picks: Vec<_> = decision.picks().collect();
    let pair = |pick: usize, rng: &mut Rng| {
        let id = HoldId::new(now, rng);
        door.hold(&picks[pick], id, now).unwrap();
        door.settle(id, Settle::Release, now)
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

criterion_group!(benches, evaluators, decisions, end_to_end, holds, compile);
criterion_main!(benches);
