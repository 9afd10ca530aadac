//! Durable records: the time until each call of a burst of ended calls is acknowledged.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run panics")]

use std::sync::Arc;
use std::time::Instant;

#[path = "support/percentiles.rs"]
mod percentiles;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/support/postgres.rs"]
mod postgres;

use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use strowger::base::AttemptId;
use strowger::base::CallId;
use strowger::base::Currency;
use strowger::base::DecisionId;
use strowger::base::Money;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::call::CallRecord;
use strowger::caps::CapKey;
use strowger::caps::Level;
use strowger::config::Location;
use strowger::sale::DecisionRecord;
use strowger::store::CallChange;
use strowger::store::Database;
use strowger::store::Fact;
use strowger::store::Facts as _;
use strowger::store::Origin;
use strowger::store::Sale;
use strowger::store::Store;
use strowger::store::Won;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use self::percentiles::percentiles;
use self::postgres::Postgres;

/// Answers that are measured one by one, at least.
const MEASURED: usize = 512;

const RECORD: &str = r#"{
    "id": "019aa0c4-3d00-7000-8000-000000000000", "channel": "call", "state": "ended",
    "number": "+18005550100", "caller": "+13055550123", "ingress": "trunk", "trunk": "carrier-a",
    "offer": "auto-quote", "source": "search-ads", "flow": "auto-quote", "book_version": 12,
    "fields": {"zip": "90210", "intent": "new"}, "started_at": "2025-11-20T10:00:00Z",
    "answered_at": "2025-11-20T10:00:01Z", "bridged_at": "2025-11-20T10:00:10Z",
    "ended_at": "2025-11-20T10:01:45.2Z", "ended_by": "caller", "reason": "bridged",
    "sip_status": null, "attempts": [{
        "id": "019aa0c4-3d00-7000-8000-000000000001", "contract": "acme-auto-ca",
        "buyer": "acme", "wave": 1, "outcome": "won", "sip_status": 200,
        "started_at": "2025-11-20T10:00:02Z", "ring_ms": 8000, "post_dial_delay_ms": 120}],
    "winner": {"contract": "acme-auto-ca", "buyer": "acme", "buffer_seconds": 90,
        "price": {"amount": "45.00", "currency": "USD"},
        "payout": {"amount": "20.00", "currency": "USD"}},
    "talk_seconds": 95.2, "billable": true, "revenue": {"amount": "45.00", "currency": "USD"},
    "payout": {"amount": "20.00", "currency": "USD"}, "decision_id": null}"#;

/// Returns everything that is stored of a call: record, one attempt, one decision, fifteen
/// counters.
fn change(template: &CallRecord, rng: &mut Rng) -> CallChange {
    let now = Now::at(Wall::from_micros(1_763_632_800_000_000));
    let mut record = template.clone();
    record.id = CallId::new(now, rng);
    for attempt in &mut record.attempts {
        attempt.id = AttemptId::new(now, rng);
    }
    let id = DecisionId::new(now, rng);
    record.decision_id = Some(id);
    let document = format!("{{\"id\":\"{id}\",\"passed_over\":\"{}\"}}", "x".repeat(2_000));
    let levels = [
        Level::Contract("acme-auto-ca".parse().unwrap()),
        Level::Buyer("acme".parse().unwrap()),
        Level::Offer("auto-quote".parse().unwrap()),
    ];
    let periods = ["2025-11-20T05-0500", "2025-11-20", "2025-W47", "2025-11", "total"];
    let keys = levels.iter().flat_map(|level| {
        periods.map(|period| CapKey { level: level.clone(), period: period.parse().unwrap() })
    });
    let decisions = vec![DecisionRecord { id, at: now.wall, document }];
    let price = Money::from_micros(45_000_000, Currency::USD);
    let (at, units) = (now.wall, keys.collect());
    let sale = Sale {
        hold: None,
        at,
        units,
        price,
        prepaid: false,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        balance_low: None,
        limits: Vec::new(),
    };
    let sales = Won::by(&record, Some(sale));
    CallChange::of(record, decisions, sales)
}

fn bursts(criterion: &mut Criterion) {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Arc::new(Database::sqlite(&home.path().join("bench.db")).unwrap());
    of_engine(criterion, "call_finish", store);
    let server = Postgres::start();
    server.sql("postgres", "ALTER SYSTEM RESET fsync");
    server.sql("postgres", "SELECT pg_reload_conf()");
    let url = server.create("bench", "template0");
    let location = Location::Postgres { url, directory: home.path().to_owned() };
    let store = Arc::new(Database::open(&location).unwrap());
    of_engine(criterion, "call_finish_postgresql", store);
}

fn of_engine(criterion: &mut Criterion, name: &str, store: Arc<Database>) {
    let runtime = Runtime::new().unwrap();
    let template: CallRecord = serde_json::from_str(RECORD).unwrap();
    let mut rng = Rng::seeded(1);
    let mut group = criterion.benchmark_group(name);
    for burst in [1_u64, 16, 256] {
        group.throughput(Throughput::Elements(burst));
        group.bench_function(BenchmarkId::from_parameter(burst), |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut writes = JoinSet::new();
                    for _ in 0..burst {
                        let (store, change) = (Arc::clone(&store), change(&template, &mut rng));
                        writes.spawn(async move {
                            let ended = vec![Fact::Ended(Box::new(change))];
                            store.apply(Origin::Transaction, ended).await
                        });
                    }
                    while let Some(written) = writes.join_next().await {
                        written.unwrap().unwrap();
                    }
                });
            });
        });
    }
    group.finish();
    for burst in [1_usize, 16, 256] {
        let mut delays = Vec::new();
        while delays.len() < MEASURED {
            let mut writes = JoinSet::new();
            let began = Instant::now();
            for _ in 0..burst {
                let (store, change) = (Arc::clone(&store), change(&template, &mut rng));
                writes.spawn_on(
                    async move {
                        let ended = vec![Fact::Ended(Box::new(change))];
                        store.apply(Origin::Transaction, ended).await.unwrap();
                        began.elapsed()
                    },
                    runtime.handle(),
                );
            }
            delays.extend(runtime.block_on(writes.join_all()));
        }
        let delays = percentiles(&mut delays);
        println!("{name}, {burst} at once: p50 / p99 / max of an answer {delays} ms");
    }
    eprintln!("{:?}", Store::figures(&*store));
}

criterion_group!(benches, bursts);
criterion_main!(benches);
