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
use super::library::FORMAT;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Rng;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Refused;
use crate::caps::Room;
use crate::caps::Window;
use crate::config::QuotaUrl;
use crate::config::RedisAccount;
use crate::quota::Holds as _;
use crate::quota::Quota;
use crate::quota::QuotaAnswer;
use crate::quota::Restored;
use crate::quota::conformance;
use crate::routing::HOLD_TTL;

#[path = "../../../tests/support/redis_server.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
pub(super) mod redis_server;

use redis_server::RedisServer;

/// Records of nodes that have sold nothing, and of which these live.
#[derive(Debug, Default)]
struct LiveNodes(Arc<Mutex<BTreeSet<String>>>);

impl Records for LiveNodes {
    fn nodes(&self) -> QuotaAnswer<'_, Option<BTreeSet<String>>> {
        QuotaAnswer::now(Some(self.0.lock().unwrap().clone()))
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
        self.node_of(FORMAT, book, node, clock, records)
    }

    /// Starts a node whose program has a format.
    fn node_of(
        &self,
        format: u32,
        book: &str,
        node: &str,
        clock: Clock,
        records: Arc<dyn Records>,
    ) -> Arc<Redis> {
        let url = format!("redis://127.0.0.1:{}", self.server.port);
        let Ok(QuotaUrl::Redis(url)) = url.parse() else { panic!("{url}") };
        let account = RedisAccount::default();
        let place = Place { url: &url, account: &account, authority: None, name: book, node };
        let redis = Redis { format, ..Redis::new(&place, clock, Rng::seeded(7)).unwrap() };
        let redis = Arc::new(redis);
        let run = redis.clone().run(records, CancellationToken::new());
        self.tasks.lock().unwrap().spawn(run);
        redis
    }

    /// Returns the keys like a pattern.
    fn keys(&self, pattern: &str) -> Vec<String> {
        redis::from_redis_value(self.server.ask(&["KEYS", pattern]).unwrap()).unwrap()
    }

    /// Returns the quota of a node that is up, with unused counters.
    fn unused(&self) -> Quota {
        let book = self.books.fetch_add(1, Ordering::Relaxed).to_string();
        let redis = self.node(&book, "a", Clock::Caller, Arc::new(LiveNodes::default()));
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

/// Nodes of one book whose programs differ in what the keys hold.
struct Upgrade {
    bench: Bench,
    live: Arc<Mutex<BTreeSet<String>>>,
    mine: [Ceiling; 1],
    rng: Rng,
}

impl Upgrade {
    fn new() -> Self {
        let level = Level::Contract("acme".parse().unwrap());
        let limits = Limits::NONE.with(Window::Day, 1);
        Self {
            bench: Bench::new(),
            live: Arc::default(),
            mine: [Ceiling::new(level, jiff::tz::TimeZone::UTC, limits)],
            rng: Rng::seeded(1),
        }
    }

    fn start(&self, name: &str, format: u32) -> Arc<Redis> {
        self.live.lock().unwrap().insert(name.to_owned());
        let records = Arc::new(LiveNodes(self.live.clone()));
        self.bench.node_of(format, "book", name, Clock::Server, records)
    }

    /// The records show that a node is gone.
    fn is_gone(&self, name: &str) {
        assert!(self.live.lock().unwrap().remove(name));
    }

    async fn reserve(&mut self, node: &Redis) -> Result<Room, Refused> {
        let id = HoldId::new(Now::default(), &mut self.rng);
        node.reserve(id, &self.mine, Claim::NONE, Now::default(), HOLD_TTL).await
    }
}

async fn up(node: &Redis) {
    tokio::time::timeout(Duration::from_secs(10), node.up()).await.unwrap();
}

/// The newer program begins its own counters once no older one counts, and an older one that goes on
/// beside it, because only the records think that it is gone, sells nothing with a limit any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_of_two_formats_never_count_beside_each_other() {
    let mut upgrade = Upgrade::new();
    let [old, other] = ["a", "b"].map(|name| upgrade.start(name, 1));
    up(&old).await;
    up(&other).await;
    upgrade.reserve(&old).await.unwrap();
    let new = upgrade.start("c", 2);
    upgrade.is_gone("b");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!new.is_up() && old.is_up() && other.is_up());
    assert_eq!(upgrade.reserve(&new).await, Err(Refused::Unavailable));
    assert!(matches!(upgrade.reserve(&other).await, Err(Refused::Full(_))));
    upgrade.is_gone("a");
    up(&new).await;
    for old in [&old, &other] {
        assert_eq!(upgrade.reserve(old).await, Err(Refused::Unavailable));
    }
    upgrade.reserve(&new).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(new.is_up() && !old.is_up() && !other.is_up());
}

/// A node that is replaced, and later by its earlier program again: neither finds counters that miss
/// what the other has sold, so both ask the records.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_earlier_program_that_is_back_rebuilds_its_counters() {
    let mut upgrade = Upgrade::new();
    for format in [1, 2, 1, 2] {
        let node = upgrade.start("a", format);
        up(&node).await;
        let name = format!("{{book}}:{format}:accounts");
        assert_eq!(upgrade.bench.keys("*:accounts"), [name]);
        upgrade.reserve(&node).await.expect("the counters are empty, as the records are");
        upgrade.bench.tasks.lock().unwrap().abort_all();
    }
}
