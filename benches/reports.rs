//! Reports on a year of calls: the time of each report, and the facts that are applied per second.
//!
//! `cargo bench --bench reports` makes 3 million calls; `CALLS=300000 cargo bench --bench reports`
//! makes fewer. `YEAR=year.db` keeps the database there, and uses the one that it finds.
//! `docs/performance.md` has the results.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made stops")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use strowger::base::AttemptId;
use strowger::base::CallId;
use strowger::base::Currency;
use strowger::base::DecisionId;
use strowger::base::End;
use strowger::base::Money;
use strowger::base::Now;
use strowger::base::Outcome;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::call::CallRecord;
use strowger::call::Scope;
use strowger::report::Question;
use strowger::report::Topic;
use strowger::report::Wanted;
use strowger::sale::AttemptTier;
use strowger::sale::DecisionRecord;
use strowger::store::CallChange;
use strowger::store::Database;
use strowger::store::Fact;
use strowger::store::Facts as _;
use strowger::store::Origin;
use strowger::store::Outbox as _;
use strowger::store::OutboxEvent;
use strowger::store::Planned;
use strowger::store::Reports as _;
use strowger::store::Sale;
use strowger::store::Won;
use tokio::runtime::Runtime;

/// Calls that are made unless `CALLS` says otherwise.
const CALLS: u64 = 3_000_000;
/// First instant after the year, at midnight UTC.
const END: &str = "2026-11-01T00:00:00Z";
/// Facts of one transaction, as the journal delivers them at a high rate.
const BATCH: u64 = 256;
/// Facts of one transaction while the year is made: fewer commits.
const BATCH_OF_YEAR: u64 = 8_192;
/// Calls whose facts are timed.
const TIMED: u64 = 20_000;
/// Runs of each report; the median counts.
const RUNS: usize = 5;

const OFFERS: u64 = 10;
const BUYERS: u64 = 40;
const SOURCES: u64 = 8;
/// A number has one source and one flow, which leads to two offers.
const NUMBERS: u64 = 60;
const FLOWS: u64 = 12;

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

/// Returns an ended call that arrived at `at`: two of three are sold, at the first or the second
/// attempt. Four contracts were passed over.
fn call(template: &CallRecord, at: Wall, rng: &mut Rng) -> Fact {
    let now = Now::at(at);
    let mut record = template.clone();
    record.id = CallId::new(now, rng);
    record.started_at = at;
    record.ended_at = Some(at + Duration::from_secs(105));
    let number = rng.below(NUMBERS);
    let flow = number % FLOWS;
    let offer = (flow + rng.below(2)) % OFFERS;
    record.number = format!("+180055501{number:02}").parse().unwrap();
    record.source = format!("source-{}", number % SOURCES).parse().unwrap();
    record.flow = format!("flow-{flow}").parse().unwrap();
    record.ingress = format!("carrier-{}", number % 3).parse().unwrap();
    record.offer = format!("offer-{offer}").parse().unwrap();
    record.tags.insert("campaign".parse().unwrap(), format!("c{}", rng.below(20)));
    let sold = rng.below(3) > 0;
    let template = record.attempts.remove(0);
    for place in 0..1 + rng.below(2) {
        let mut attempt = template.clone();
        // An offer has four buyers.
        let buyer = (offer * 4 + rng.below(4)) % BUYERS;
        attempt.id = AttemptId::new(now, rng);
        attempt.buyer = format!("buyer-{buyer}").parse().unwrap();
        attempt.contract = format!("buyer-{buyer}-offer-{offer}").parse().unwrap();
        attempt.tier = Some(if place == 0 { AttemptTier::Primary } else { AttemptTier::Overflow });
        attempt.outcome = Some(Outcome::NoAnswer);
        record.attempts.push(attempt);
    }
    match record.attempts.last_mut().filter(|_| sold) {
        Some(last) => {
            last.outcome = Some(Outcome::Won);
            if let Some(winner) = &mut record.winner {
                (winner.buyer, winner.contract) = (last.buyer.clone(), last.contract.clone());
            }
        }
        None => {
            (record.winner, record.bridged_at) = (None, None);
            (record.revenue, record.payout, record.billable) = (None, None, false);
            record.reason = Some(if rng.below(2) > 0 { End::NoContract } else { End::Abandoned });
        }
    }
    let id = DecisionId::new(now, rng);
    let passed = format!("\"b1-{offer}\",\"b2-{offer}\"");
    let document = format!(
        "{{\"id\":\"{id}\",\"book\":12,\"seed\":\"000000000000002a\",\"at\":\"{at}\",\
         \"offer\":\"offer-{offer}\",\"channel\":\"call\",\"picks\":[[\"c\",1]],\
         \"passed\":{{\"geo_mismatch\":[{passed}],\"cap_day\":[{passed}]}}}}"
    );
    let price = Money::from_micros(45_000_000, Currency::USD);
    let (units, marks, limits) = (Vec::new(), Vec::new(), Vec::new());
    let taken = Sale {
        hold: None,
        at,
        units,
        price,
        prepaid: false,
        marks,
        converted_marks: Vec::new(),
        balance_low: None,
        limits,
    };
    let sales = Won::by(&record, Some(taken));
    let decisions = vec![DecisionRecord { id, at, document }];
    Fact::Ended(Box::new(CallChange::of(record, decisions, sales)))
}

/// Stores calls that are spread evenly over a period, in order.
async fn fill(store: &Database, from: Wall, period: Duration, calls: u64, rng: &mut Rng) {
    let template: CallRecord = serde_json::from_str(RECORD).unwrap();
    let every = period / u32::try_from(calls).unwrap();
    let mut made = 0;
    while made < calls {
        let count = BATCH_OF_YEAR.min(calls - made);
        let one = |place: u64| from + every * u32::try_from(made + place).unwrap();
        let facts: Vec<Fact> = (0..count).map(|place| call(&template, one(place), rng)).collect();
        store.apply(Origin::Transaction, facts).await.unwrap();
        forget_events(store, from).await;
        made += count;
    }
}

/// Plans the new events as a switch without postbacks does: none stays.
async fn forget_events(store: &Database, at: Wall) {
    loop {
        let events = store.events_unplanned().await.unwrap();
        if events.is_empty() {
            return;
        }
        let planned = |event: &OutboxEvent| Planned { sequence: event.sequence, to: Vec::new() };
        store.deliveries_plan(events.iter().map(planned).collect(), at).await.unwrap();
    }
}

/// Returns the median time of a report, in milliseconds, and the number of its rows.
async fn time(store: &Database, topic: Topic, who: &Scope, asked: Wanted<'_>) -> (f64, usize) {
    let end: Wall = END.parse().unwrap();
    let question = || Question::new(topic, who.clone(), asked, end, Currency::USD).unwrap();
    let mut rows = 0;
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let began = Instant::now();
        rows = store.report(question()).await.unwrap().unwrap().rows.len();
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    // The first run reads the pages from the disk.
    times.remove(0);
    times.sort_by(f64::total_cmp);
    (times[RUNS / 2], rows)
}

async fn reports(store: &Database) {
    println!("| report | period | zone | rows | ms |\n|---|---|---|---|---|");
    let all = Scope::All;
    let buyer = Scope::Buyer("buyer-1".parse().unwrap());
    let source = Scope::Source("source-1".parse().unwrap());
    let york = "America/New_York";
    for (topic, who, group_by, since, zone) in [
        (Topic::Pnl, &all, "", "365d", york),
        (Topic::Pnl, &all, "offer", "365d", york),
        (Topic::Pnl, &all, "buyer", "365d", york),
        (Topic::Pnl, &all, "source", "365d", york),
        (Topic::Pnl, &all, "number", "365d", york),
        (Topic::Pnl, &all, "tag", "365d", york),
        (Topic::Pnl, &all, "source,buyer", "365d", york),
        (Topic::Pnl, &all, "day", "365d", york),
        (Topic::Pnl, &all, "day", "365d", "UTC"),
        (Topic::Pnl, &all, "day,buyer", "91d", "UTC"),
        (Topic::Pnl, &all, "day,buyer", "30d", york),
        (Topic::Pnl, &all, "hour", "30d", york),
        (Topic::Pnl, &all, "hour,offer", "7d", york),
        (Topic::Rejections, &all, "kind,reason", "30d", york),
        (Topic::Rejections, &all, "reason,contract", "365d", york),
        (Topic::Fallbacks, &all, "day,offer", "30d", york),
        (Topic::Answer, &all, "buyer", "365d", york),
        (Topic::Missed, &all, "number", "365d", york),
        (Topic::Latency, &all, "tier", "365d", york),
        (Topic::Latency, &all, "tier,buyer", "365d", york),
        (Topic::Pnl, &buyer, "day", "30d", york),
        (Topic::Pnl, &source, "number", "365d", york),
        (Topic::Pnl, &all, "trunk", "30d", york),
        (Topic::Pnl, &all, "offer,source,buyer", "30d", york),
        (Topic::Pnl, &all, "number,buyer", "30d", york),
        (Topic::Pnl, &all, "reason", "30d", york),
        (Topic::Pnl, &all, "day,trunk", "30d", "UTC"),
        (Topic::Pnl, &all, "day,trunk", "30d", york),
    ] {
        let asked = Wanted {
            group_by: Some(group_by),
            since: Some(since),
            until: Some(END),
            zone: Some(zone),
            currency: None,
        };
        let (ms, rows) = time(store, topic, who, asked).await;
        let whose = match who {
            Scope::All => "",
            Scope::Buyer(_) => ", a buyer's",
            Scope::Source(_) => ", a source's",
        };
        println!("| {topic} by {group_by}{whose} | {since} | {zone} | {rows} | {ms:.1} |");
    }
}

/// Prints how many calls per second are stored, in transactions of `BATCH` and of one fact.
async fn applied(home: &Path, rng: &mut Rng) {
    let end: Wall = END.parse().unwrap();
    for (name, batch) in [("one", 1), ("256", BATCH)] {
        let store = Database::sqlite(&home.join(format!("applied-{name}.db"))).unwrap();
        let template: CallRecord = serde_json::from_str(RECORD).unwrap();
        let calls = if batch == 1 { TIMED / 10 } else { TIMED };
        let mut all: Vec<Fact> = Vec::new();
        for place in 0..calls {
            // Twenty calls per second.
            let at = end + Duration::from_millis(50) * u32::try_from(place).unwrap();
            all.push(call(&template, at, rng));
        }
        let before = processor();
        let began = Instant::now();
        for facts in all.chunks(usize::try_from(batch).unwrap()) {
            store.apply(Origin::Transaction, facts.to_vec()).await.unwrap();
        }
        let rate = calls as f64 / began.elapsed().as_secs_f64();
        let cost = (processor() - before) * 1_000_000.0 / calls as f64;
        println!(
            "ended calls per transaction: {name}: {rate:.0} per second, {cost:.0} µs of CPU each"
        );
    }
}

/// Returns the CPU seconds of this process: `utime + stime` of `/proc/self/stat`.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1;
    let ticks = |n: usize| fields.split_whitespace().nth(n).unwrap().parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let calls = std::env::var("CALLS").map_or(CALLS, |text| text.parse().unwrap());
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let runtime = Runtime::new().unwrap();
    let mut rng = Rng::seeded(1);
    runtime.block_on(async {
        applied(home.path(), &mut rng).await;
        let kept = std::env::var("YEAR").map(PathBuf::from).ok();
        let is_made = kept.as_ref().is_some_and(|path| path.exists());
        let path = kept.unwrap_or_else(|| home.path().join("year.db"));
        let store = Arc::new(Database::sqlite(&path).unwrap());
        let year = Duration::from_secs(365 * 86_400);
        let end: Wall = END.parse().unwrap();
        let began = Instant::now();
        if !is_made {
            fill(&store, end - year, year, calls, &mut rng).await;
        }
        let size = std::fs::metadata(&path).unwrap().len() >> 20;
        println!("{calls} calls over a year: made in {:.0?}, {size} MiB", began.elapsed());
        reports(&store).await;
    });
}
