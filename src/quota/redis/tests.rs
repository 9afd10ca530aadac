//! The conformance suites on a real server, and what only shared counters do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Clock;
use super::Place;
use super::Records;
use super::Redis;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Rng;
use crate::config::QuotaUrl;
use crate::config::RedisAccount;
use crate::quota::Quota;
use crate::quota::QuotaAnswer;
use crate::quota::Restored;
use crate::quota::conformance;

#[path = "../../../tests/support/redis_server.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
pub(super) mod redis_server;

use redis_server::RedisServer;

/// Records of a node that has sold nothing, and is the only one.
#[derive(Debug)]
struct NoRecords;

impl Records for NoRecords {
    fn nodes(&self) -> QuotaAnswer<'_, Option<BTreeSet<String>>> {
        QuotaAnswer::now(Some(BTreeSet::new()))
    }

    fn drain(&self) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::now(())
    }

    fn restore(&self, _: Vec<HoldId>) -> QuotaAnswer<'_, Result<Restored, String>> {
        QuotaAnswer::now(Ok(Restored::default()))
    }

    fn catch_up(&self) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::now(())
    }

    fn now(&self) -> Now {
        Now::default()
    }
}

/// A server and the nodes that use it.
struct Bench {
    server: RedisServer,
    tasks: Mutex<JoinSet<()>>,
    books: AtomicU64,
}

impl Bench {
    fn new() -> Self {
        Self { server: RedisServer::start(), tasks: Mutex::default(), books: AtomicU64::new(0) }
    }

    /// Starts a node on the counters of a book.
    fn node(&self, book: &str, node: &str, clock: Clock, records: Arc<dyn Records>) -> Arc<Redis> {
        let url = format!("redis://127.0.0.1:{}", self.server.port);
        let Ok(QuotaUrl::Redis(url)) = url.parse() else { panic!("{url}") };
        let account = RedisAccount::default();
        let place = Place { url: &url, account: &account, authority: None, name: book, node };
        let redis = Arc::new(Redis::new(&place, clock, Rng::seeded(7)).unwrap());
        let run = redis.clone().run(records, CancellationToken::new());
        self.tasks.lock().unwrap().spawn(run);
        redis
    }

    /// Returns the quota of a node that is up, with unused counters.
    fn unused(&self) -> Quota {
        let book = self.books.fetch_add(1, Ordering::Relaxed).to_string();
        let redis = self.node(&book, "a", Clock::Caller, Arc::new(NoRecords));
        let up = async { tokio::time::timeout(Duration::from_secs(10), redis.up()).await.unwrap() };
        tokio::task::block_in_place(|| Handle::current().block_on(up));
        Quota::shared(redis)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_as_view() {
    let bench = Bench::new();
    conformance::view(|| bench.unused()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_as_holds() {
    let bench = Bench::new();
    conformance::holds(|| bench.unused()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_as_rotation() {
    let bench = Bench::new();
    conformance::rotation(|| bench.unused()).await;
}
