//! Nodes that sell from shared counters, and the records of what they sold.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::time::Duration;

use jiff::tz::TimeZone;
use strowger::base::HoldId;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::caps::CapKey;
use strowger::caps::Ceiling;
use strowger::caps::Claim;
use strowger::caps::Level;
use strowger::caps::Limits;
use strowger::caps::Refused;
use strowger::caps::Room;
use strowger::config::QuotaUrl;
use strowger::config::RedisAccount;
use strowger::net::Clock;
use strowger::quota;
use strowger::quota::Applied;
use strowger::quota::Holds as _;
use strowger::quota::Place;
use strowger::quota::QuotaAnswer;
use strowger::quota::Records;
use strowger::quota::Redis;
use strowger::store::CapCount;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a hold lives without renewal.
pub(crate) const TTL: Duration = Duration::from_secs(60);

/// The records that all nodes write: a stand-in for the database.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<CapKey, u64>>);

impl Ledger {
    /// Records a call that was sold.
    pub(crate) fn record(&self, ceilings: &[Ceiling], at: Now) {
        let mut used = self.0.lock().unwrap();
        for key in ceilings.iter().flat_map(|ceiling| ceiling.spent_keys(at.wall)) {
            *used.entry(key).or_default() += 1;
        }
    }

    fn counts(&self) -> Vec<CapCount> {
        let used = self.0.lock().unwrap();
        used.iter()
            .map(|(key, used)| CapCount { key: key.clone(), used: *used, micros: 0 })
            .collect()
    }
}

/// A node: its client, and the records that it shares.
#[derive(Debug)]
struct NodeRecords {
    ledger: Arc<Ledger>,
    nodes: BTreeSet<String>,
    redis: OnceLock<Arc<Redis>>,
    clock: Clock,
}

impl Records for NodeRecords {
    fn nodes(&self) -> QuotaAnswer<'_, Option<BTreeSet<String>>> {
        QuotaAnswer::now(Some(self.nodes.clone()))
    }

    fn drain(&self) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::now(())
    }

    fn restore(&self) -> QuotaAnswer<'_, Result<Applied, String>> {
        QuotaAnswer::later(async {
            self.redis.get().unwrap().raise_all(&self.ledger.counts()).await;
            Ok(Applied::default())
        })
    }

    fn catch_up(&self) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::now(())
    }

    fn now(&self) -> Now {
        self.clock.now()
    }
}

/// The nodes of one database.
pub(crate) struct World {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) clock: Clock,
    tasks: JoinSet<()>,
}

impl World {
    pub(crate) fn new() -> Self {
        let ledger = Arc::<Ledger>::default();
        Self { ledger, clock: Clock::system(), tasks: JoinSet::new() }
    }

    /// Starts a node that reaches its server by an address.
    pub(crate) fn node(&mut self, url: &str, name: &str, nodes: &[&str]) -> Arc<Redis> {
        let Ok(QuotaUrl::Redis(url)) = url.parse() else { panic!("{url}") };
        let account = RedisAccount::default();
        let place = Place { url: &url, account: &account, name: "test", node: name };
        let rng = Rng::seeded(name.bytes().map(u64::from).sum());
        let redis = Arc::new(Redis::new(&place, quota::Clock::Server, rng).unwrap());
        let nodes = nodes.iter().map(|name| (*name).to_owned()).collect();
        let (ledger, clock) = (self.ledger.clone(), self.clock.clone());
        let records = NodeRecords { ledger, nodes, redis: OnceLock::new(), clock };
        records.redis.set(redis.clone()).unwrap();
        self.tasks.spawn(redis.clone().run(Arc::new(records), CancellationToken::new()));
        redis
    }
}

/// Waits until a node can use its counters.
pub(crate) async fn up(node: &Redis) {
    let up = tokio::time::timeout(Duration::from_secs(20), node.up()).await;
    up.expect("the counters can be used within 20 s");
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 10 s");
}

/// Returns the ceiling of a contract.
pub(crate) fn contract(name: &str, limits: Limits) -> Ceiling {
    let zone = TimeZone::get("America/New_York").unwrap();
    Ceiling::new(Level::Contract(name.parse().unwrap()), zone, limits)
}

/// Reserves without persons.
pub(crate) async fn reserve(
    node: &Redis,
    id: HoldId,
    ceilings: &[Ceiling],
    now: Now,
) -> Result<Room, Refused> {
    node.reserve(id, ceilings, Claim::NONE, now, TTL).await
}
