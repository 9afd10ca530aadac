//! Cost of the journal: CPU time of a call's facts until they are durable, at a rate of calls, in
//! the journal's SQLite file and in plain append-only files. `docs/decisions/008-journal.md` has
//! the results.
//!
//! `cargo bench --bench journal`: about a minute.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made stops")]
#![expect(clippy::disallowed_methods, reason = "a load generator needs the clock")]

use std::fs::File;
use std::fs::OpenOptions;
use std::io::Seek as _;
use std::io::SeekFrom;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use strowger::base::AttemptId;
use strowger::base::CallId;
use strowger::base::Currency;
use strowger::base::DecisionId;
use strowger::base::Money;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::call::CallRecord;
use strowger::call::CallState;
use strowger::caps::CapKey;
use strowger::caps::Level;
use strowger::journal::Applier;
use strowger::journal::Journal;
use strowger::journal::Place;
use strowger::net::Clock;
use strowger::sale::DecisionRecord;
use strowger::store::Database;
use strowger::store::Fact;
use strowger::store::Sale;
use strowger::store::Store;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Ticks of CPU time per second, as Linux reports them.
const TICKS: f64 = 100.0;
/// How long the journal delays facts without a waiting caller.
const UNHURRIED: Duration = Duration::from_millis(20);
/// Maximum bytes of a plain file before it is restarted.
const SEGMENT: u64 = 16 << 20;

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

/// Where facts go.
#[derive(Clone)]
enum Target {
    /// Nowhere: the cost of making and encoding them.
    Nowhere,
    Journal(Arc<Journal>),
    Plain(mpsc::Sender<Append>),
}

struct Append {
    bytes: Vec<u8>,
    patience: Duration,
    reply: oneshot::Sender<()>,
}

impl Target {
    async fn write(&self, facts: Vec<Fact>, patience: Duration) {
        match self {
            Target::Nowhere => {
                std::hint::black_box(encoded(&facts));
            }
            Target::Journal(journal) if patience.is_zero() => {
                journal.append(&facts).await.unwrap();
            }
            Target::Journal(journal) => {
                journal.note(&facts).await.unwrap();
            }
            Target::Plain(appends) => {
                let (reply, answer) = oneshot::channel();
                let bytes = encoded(&facts);
                assert!(appends.send(Append { bytes, patience, reply }).await.is_ok());
                answer.await.unwrap();
            }
        }
    }
}

fn encoded(facts: &[Fact]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for fact in facts {
        let text = fact.write().unwrap();
        bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// How a plain file grows.
#[derive(Clone, Copy)]
enum Growth {
    /// It grows with every append.
    Appended,
    /// It is filled with zeros beforehand and overwritten.
    Prepared,
}

/// A thread that appends to a plain file: one write and one `fdatasync` for all that is queued.
fn plain(directory: &Path, growth: Growth) -> mpsc::Sender<Append> {
    let mut file = OpenOptions::new()
        .create_new(true)
        .read(true)
        .write(true)
        .open(directory.join("facts"))
        .unwrap();
    if let Growth::Prepared = growth {
        file.write_all(&vec![0; usize::try_from(SEGMENT).unwrap()]).unwrap();
        file.sync_all().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
    }
    let (appends, queue) = mpsc::channel(4_096);
    std::thread::spawn(move || work(file, growth, queue));
    appends
}

fn work(mut file: File, growth: Growth, mut queue: mpsc::Receiver<Append>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (mut batch, mut at) = (Vec::new(), 0);
    while runtime.block_on(gather(&mut queue, &mut batch)) {
        let bytes: Vec<u8> = batch.iter().flat_map(|append| append.bytes.iter().copied()).collect();
        at += u64::try_from(bytes.len()).unwrap();
        if at > SEGMENT {
            at = 0;
            file.seek(SeekFrom::Start(0)).unwrap();
            if let Growth::Appended = growth {
                file.set_len(0).unwrap();
            }
        }
        file.write_all(&bytes).unwrap();
        file.sync_data().unwrap();
        for append in batch.drain(..) {
            append.reply.send(()).unwrap();
        }
    }
}

async fn gather(queue: &mut mpsc::Receiver<Append>, batch: &mut Vec<Append>) -> bool {
    let Some(first) = queue.recv().await else { return false };
    let mut patience = first.patience;
    batch.push(first);
    let mut wait = std::pin::pin!(tokio::time::sleep(patience));
    loop {
        while let Ok(next) = queue.try_recv() {
            patience = patience.min(next.patience);
            batch.push(next);
        }
        if patience.is_zero() {
            return true;
        }
        tokio::select! {
            () = wait.as_mut() => return true,
            next = queue.recv() => {
                let Some(next) = next else { return true };
                if next.patience < patience {
                    patience = next.patience;
                    wait.set(tokio::time::sleep(patience));
                }
                batch.push(next);
            }
        }
    }
}

/// Returns all facts of a call: opened and attempted, bridged, ended.
fn facts(template: &CallRecord, rng: &mut Rng) -> [Vec<Fact>; 3] {
    let now = Now::at(Wall::from_micros(1_763_632_800_000_000));
    let mut ended = template.clone();
    ended.id = CallId::new(now, rng);
    for attempt in &mut ended.attempts {
        attempt.id = AttemptId::new(now, rng);
    }
    let id = DecisionId::new(now, rng);
    ended.decision_id = Some(id);
    let document = format!("{{\"id\":\"{id}\",\"passed_over\":\"{}\"}}", "x".repeat(2_000));
    let decisions = vec![DecisionRecord { id, at: now.wall, document }];
    let level = Level::Contract("acme-auto-ca".parse().unwrap());
    let keys = ["2025-11-20T05-0500", "2025-11-20", "2025-W47", "2025-11", "total"]
        .map(|period| CapKey { level: level.clone(), period: period.parse().unwrap() });
    let price = Money::from_micros(45_000_000, Currency::USD);
    let (at, units) = (now.wall, keys.to_vec());
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
    let mut live = ended.clone();
    live.state = CallState::Live;
    (live.ended_at, live.ended_by, live.reason) = (None, None, None);
    let opened = CallRecord { attempts: Vec::new(), winner: None, ..live.clone() };
    let (call, attempts) = (ended.id, ended.attempts.clone());
    let node = "bench".parse().unwrap();
    [
        vec![
            Fact::Opened { record: Box::new(opened), node },
            Fact::Attempted { call, attempts, decisions: decisions.clone() },
        ],
        vec![Fact::bridged(live, Some(sale.clone()))],
        vec![Fact::ended(ended, decisions, Some(sale))],
    ]
}

/// Returns the CPU seconds of this process: `utime + stime` of `/proc/self/stat`.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1;
    let ticks = |n: usize| fields.split_whitespace().nth(n).unwrap().parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

/// The result of a run.
struct Run {
    /// CPU seconds.
    cpu: f64,
    /// Durations of openings, sorted.
    opened: Vec<Duration>,
}

/// Runs calls at a rate; each is bridged and ended 100 ms apart.
async fn run(target: &Target, rate: u32, calls: u32) -> Run {
    let template: CallRecord = serde_json::from_str(RECORD).unwrap();
    let mut rng = Rng::seeded(1);
    let mut going = JoinSet::new();
    let mut every = tokio::time::interval(Duration::from_secs(1) / rate);
    let before = processor();
    for _ in 0..calls {
        every.tick().await;
        let (target, [opened, bridged, ended]) = (target.clone(), facts(&template, &mut rng));
        going.spawn(async move {
            let asked = Instant::now();
            target.write(opened, Duration::ZERO).await;
            let took = asked.elapsed();
            tokio::time::sleep(Duration::from_millis(100)).await;
            target.write(bridged, UNHURRIED).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            target.write(ended, UNHURRIED).await;
            took
        });
    }
    let mut opened = going.join_all().await;
    opened.sort_unstable();
    Run { cpu: processor() - before, opened }
}

fn open(directory: &Path) -> Arc<Journal> {
    let place = Place { directory, max: 256 << 20 };
    Arc::new(Journal::open(&place, Clock::system(), Rng::seeded(2)).unwrap())
}

fn row(what: &str, rate: u32, calls: u32, run: &Run) {
    let per_thousand = run.cpu * 1_000.0 / f64::from(calls);
    let at = |part: usize| run.opened[run.opened.len() * part / 100].as_secs_f64() * 1_000.0;
    println!("| {what} | {rate} | {per_thousand:.3} | {:.2} / {:.2} |", at(50), at(99));
}

fn main() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    println!("| where | calls/s | CPU s per 1,000 calls | opened p50 / p99 ms |");
    println!("|---|---|---|---|");
    for (rate, calls) in [(50, 500), (200, 2_000)] {
        let home = || tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let (one, two, three, four) = (home(), home(), home(), home());
        row("nowhere", rate, calls, &runtime.block_on(run(&Target::Nowhere, rate, calls)));
        let target = Target::Journal(open(one.path()));
        row("journal (SQLite)", rate, calls, &runtime.block_on(run(&target, rate, calls)));
        let target = Target::Plain(plain(two.path(), Growth::Appended));
        row("plain file, appended", rate, calls, &runtime.block_on(run(&target, rate, calls)));
        let target = Target::Plain(plain(three.path(), Growth::Prepared));
        row("plain file, prepared", rate, calls, &runtime.block_on(run(&target, rate, calls)));
        let journal = open(four.path());
        let target = Target::Journal(journal.clone());
        let ran = runtime.block_on(applied(journal, &target, four.path(), rate, calls));
        row("journal (SQLite), applied to a database", rate, calls, &ran);
    }
}

/// Runs the whole path: into the journal, and from there into a database.
async fn applied(
    journal: Arc<Journal>,
    target: &Target,
    home: &Path,
    rate: u32,
    calls: u32,
) -> Run {
    let store: Arc<dyn Store> = Arc::new(Database::sqlite(&home.join("strowger.db")).unwrap());
    let rng = Rng::seeded(3);
    let applier = Applier::start(journal.clone(), store, Clock::system(), rng).await.unwrap();
    let end = CancellationToken::new();
    let mut applying = JoinSet::new();
    applying.spawn(applier.run(end.clone()));
    let before = processor();
    let mut ran = run(target, rate, calls).await;
    journal.drained().await;
    ran.cpu = processor() - before;
    end.cancel();
    applying.join_all().await;
    ran
}
