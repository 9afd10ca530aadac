//! What a decision and a hold cost: `cargo bench --bench decide`.
//!
//! `plain` and `index` are the two evaluators alone, every contract with its reason. `decide` is
//! the whole decision with its picks and everybody passed over. `hold` takes and gives back the 18
//! counters of one pick (contract, buyer, offer × six windows) behind the mutex.

#![expect(clippy::unwrap_used, reason = "benchmark helpers")]

#[path = "../tests/support/random_book.rs"]
mod random_book;

use std::hint::black_box;
use std::sync::Arc;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use strowger::base::HoldId;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::caps::Settle;
use strowger::dispatch::Dispatch;
use strowger::quota::Memory;
use strowger::routing::Inquiry;
use strowger::routing::Known;
use strowger::routing::Moment;
use strowger::routing::Snapshot;
use strowger::routing::Unused;
use strowger::routing::index;
use strowger::routing::plain;
use strowger::routing::replay;

use random_book::Shape;

const SIZES: [usize; 4] = [10, 30, 1_000, 10_000];
/// Inquiries that take turns, so that no branch is learnt by heart.
const INQUIRIES: usize = 256;
/// A third of the contracts has each kind of filter.
const SHAPE: Shape = Shape { filtered: 33, zips: 400 };

fn snapshot(contracts: usize) -> Snapshot {
    let book = random_book::book(&mut Rng::seeded(3), SHAPE, contracts);
    Snapshot::compile(Arc::new(book), 1)
}

fn inquiries() -> Vec<(Inquiry, Now)> {
    let mut rng = Rng::seeded(4);
    (0..INQUIRIES).map(|_| random_book::inquiry(&mut rng)).collect()
}

fn evaluators(criterion: &mut Criterion) {
    let asked = inquiries();
    let known: Vec<(Known, Now)> = asked.iter().map(|(i, now)| (Known::of(i), *now)).collect();
    for size in SIZES {
        let snapshot = snapshot(size);
        let roster = snapshot.roster(&random_book::offer()).unwrap();
        let mut group = criterion.benchmark_group("evaluate");
        let mut turn = known.iter().cycle();
        group.bench_function(BenchmarkId::new("plain", size), |bencher| {
            bencher.iter(|| {
                let (known, now) = turn.next().unwrap();
                let moment = Moment::new(roster, *now);
                black_box(plain::evaluate(roster, known, &Unused, &moment))
            });
        });
        group.bench_function(BenchmarkId::new("index", size), |bencher| {
            bencher.iter(|| {
                let (known, now) = turn.next().unwrap();
                let moment = Moment::new(roster, *now);
                black_box(index::sweep(roster, known, &Unused, &moment))
            });
        });
        group.finish();
        let mut turn = asked.iter().cycle();
        criterion.bench_function(&format!("decide/{size}"), |bencher| {
            bencher.iter(|| {
                let (inquiry, now) = turn.next().unwrap();
                black_box(replay(&snapshot, inquiry, &Unused, *now, 1))
            });
        });
    }
}

fn compile(criterion: &mut Criterion) {
    for size in SIZES {
        let book = Arc::new(random_book::book(&mut Rng::seeded(3), SHAPE, size));
        criterion.bench_function(&format!("compile/{size}"), |bencher| {
            bencher.iter(|| black_box(Snapshot::compile(book.clone(), 1)));
        });
    }
}

fn holds(criterion: &mut Criterion) {
    let shape = Shape { filtered: 0, zips: 1 };
    let book = Arc::new(random_book::book(&mut Rng::seeded(3), shape, 30));
    let door = Dispatch::new(Snapshot::compile(book, 1), Box::new(Memory::new()));
    let (inquiry, now) = random_book::inquiry(&mut Rng::seeded(4));
    let decision = door.preview(&door.snapshot(), &inquiry, now);
    let pick = &decision.picks[0];
    let mut rng = Rng::seeded(5);
    criterion.bench_function("hold and release", |bencher| {
        bencher.iter(|| {
            let id = HoldId::new(now, &mut rng);
            door.hold(pick, id, now).unwrap();
            door.settle(id, Settle::Release)
        });
    });
}

criterion_group!(benches, evaluators, compile, holds);
criterion_main!(benches);
