//! Suppression lists with ten million entries: import, memory, and look-ups by two structures: the
//! store's B-tree, and sorted 8-byte prefixes in memory, which would have to be loaded and kept up
//! to date. `STROWGER_BENCH_ENTRIES` sets another number of entries.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run panics")]
#![expect(clippy::disallowed_methods, reason = "it measures the machine's time")]

use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use strowger::base::Rng;
use strowger::base::Wall;
use strowger::store::Action;
use strowger::store::Database;
use strowger::store::Destination;
use strowger::store::EntityKind;
use strowger::store::IMPORT_ROWS_MAX;
use strowger::store::ImportMode;
use strowger::store::Mutation;
use strowger::store::Remark;
use strowger::store::Suppressions as _;
use strowger::store::Verb;
use strowger::suppression::Contact;
use strowger::suppression::Digest;
use tokio::runtime::Runtime;

/// Entries of the list, unless the environment says otherwise.
const ENTRIES: u64 = 10_000_000;
/// Measured look-ups of each kind.
const LOOKUPS: u64 = 50_000;

/// Returns the n-th number of North America; the list has the even ones.
fn number(n: u64) -> Contact {
    format!("+1{}", 2_012_000_000 + n).parse().unwrap()
}

fn draw(rng: &mut Rng, most: u64) -> u64 {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes);
    u64::from_be_bytes(bytes) % most
}

fn at() -> Wall {
    Wall::from_micros(1_763_632_800_000_000)
}

/// Prints the median, the 99th and the 99.9th percentile.
fn print(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let part = |of: usize| times[(times.len() - 1) * of / 1_000].as_nanos() as f64 / 1e3;
    let (half, most, nearly) = (part(500), part(990), part(999));
    println!("{what:<44} p50 {half:>8.2} µs  p99 {most:>8.2} µs  p99.9 {nearly:>8.2} µs");
}

/// Returns the resident memory of this process, in MiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
}

async fn import(store: &Database, digests: &[Digest]) {
    let by = Mutation::by_user(
        "bench",
        Action::new(Verb::Create, EntityKind::Suppression),
        "bench",
        at(),
    );
    let (mode, to) = (ImportMode::Add, Destination { list: "dnc".parse().unwrap(), applies: None });
    let begun = store.suppression_import_begin(to, Remark::default(), at()).await;
    let import = begun.unwrap().unwrap();
    for digests in digests.chunks(IMPORT_ROWS_MAX) {
        store.suppression_import_rows(import, mode, digests.to_vec(), at()).await.unwrap();
    }
    store.suppression_import_finish(import, mode, by).await.unwrap();
}

fn main() {
    let entries = std::env::var("STROWGER_BENCH_ENTRIES").ok().and_then(|text| text.parse().ok());
    let entries: u64 = entries.unwrap_or(ENTRIES);
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = home.path().join("bench.db");
    let runtime = Runtime::new().unwrap();
    let store = Database::sqlite(&path).unwrap();
    let key = runtime.block_on(async { store.suppression_key().await }).unwrap();
    let begun = Instant::now();
    let mut digests: Vec<Digest> = (0..entries).map(|n| key.digest(&number(n * 2))).collect();
    let made = begun.elapsed();
    digests.sort_unstable();
    println!("{entries} digests made in {made:.1?}, sorted in {:.1?}", begun.elapsed() - made);
    let begun = Instant::now();
    runtime.block_on(import(&store, &digests));
    println!("imported in {:.1?}", begun.elapsed());
    println!("database: {} MiB", std::fs::metadata(&path).unwrap().len() >> 20);

    let mut rng = Rng::seeded(1);
    let prefix = |digest: &Digest| u64::from_be_bytes(digest.0[..8].try_into().unwrap());
    let prefixes: Vec<u64> = digests.iter().map(prefix).collect();
    drop(digests);
    let times = (0..LOOKUPS).map(|_| {
        let contact = number(draw(&mut rng, entries * 2));
        let begun = Instant::now();
        black_box(prefixes.binary_search(&prefix(&key.digest(&contact))).is_ok());
        begun.elapsed()
    });
    print("sorted prefixes in memory, with the digest", times.collect());
    println!("sorted prefixes: {} MiB", (prefixes.len() * 8) >> 20);
    drop(prefixes);

    let before = memory();
    for (what, odd) in [("store, contact on the list", 0), ("store, contact on no list", 1)] {
        let times = (0..LOOKUPS).map(|_| {
            let contact = number(draw(&mut rng, entries) * 2 + odd);
            let begun = Instant::now();
            let found = runtime.block_on(store.suppression_check(contact, at())).unwrap();
            assert_eq!(found.len() as u64, 1 - odd);
            begun.elapsed()
        });
        print(what, times.collect());
    }
    println!("memory of look-ups: {} MiB", memory().saturating_sub(before));
}
