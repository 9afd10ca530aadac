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
use strowger::caps::Settle;
use strowger::config::QuotaUrl;
use strowger::config::RedisAccount;
use strowger::net::Clock;
use strowger::quota;
use strowger::quota::Holds as _;
use strowger::quota::Place;
use strowger::quota::QuotaAnswer;
use strowger::quota::Records;
use strowger::quota::Redis;
use strowger::quota::Restored;
use strowger::store::CapCount;
use strowger::store::SoldHold;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a hold lives without renewal.
pub(crate) const TTL: Duration = Duration::from_secs(60);

/// The records that all nodes write: a stand-in for the database.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    used: BTreeMap<CapKey, Spent>,
    balances: BTreeMap<Level, i64>,
    /// The holds that were sold, and whether the ends of their calls are recorded.
    sold: BTreeMap<HoldId, bool>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Spent {
    units: u64,
    micros: i64,
}

impl Ledger {
    /// Records a call that was sold, once.
    pub(crate) fn record(&self, hold: HoldId, ceilings: &[Ceiling], at: Now) {
        let mut book = self.0.lock().unwrap();
        if book.sold.insert(hold, false).is_some() {
            return;
        }
        for ceiling in ceilings {
            for key in ceiling.spent_keys(at.wall) {
                let spent = book.used.entry(key).or_default();
                spent.units += 1;
                spent.micros += ceiling.price;
            }
        }
    }

    /// Records the end of a call: a balance is charged, or the price is given back.
    pub(crate) fn end(&self, hold: HoldId, ceilings: &[Ceiling], at: Now, how: Settle) {
        let mut book = self.0.lock().unwrap();
        for ceiling in ceilings {
            if how == Settle::Unbilled {
                for key in ceiling.spent_keys(at.wall) {
                    book.used.entry(key).or_default().micros -= ceiling.price;
                }
            } else if ceiling.limits.is_prepaid() {
                *book.balances.entry(ceiling.level.clone()).or_default() -= ceiling.price;
            }
            let is_settled = how == Settle::Unbilled || ceiling.limits.is_prepaid();
            *book.sold.entry(hold).or_default() |= is_settled;
        }
    }

    /// Records a payment.
    pub(crate) fn credit(&self, buyer: &Level, micros: i64) {
        *self.0.lock().unwrap().balances.entry(buyer.clone()).or_default() += micros;
    }

    /// Returns the usage, the balances, and which holds were sold, at one moment.
    fn read(&self, holds: &[HoldId]) -> Recorded {
        let book = self.0.lock().unwrap();
        let counts = book.used.iter().map(|(key, spent)| CapCount {
            key: key.clone(),
            used: spent.units,
            micros: spent.micros,
        });
        let sold = holds.iter().filter_map(|hold| {
            let is_settled = *book.sold.get(hold)?;
            Some(SoldHold { hold: *hold, is_settled })
        });
        Recorded { counts: counts.collect(), balances: book.balances.clone(), sold: sold.collect() }
    }
}

/// What the ledger has at one moment.
struct Recorded {
    counts: Vec<CapCount>,
    balances: BTreeMap<Level, i64>,
    sold: Vec<SoldHold>,
}

/// Stops rebuilding nodes between what they say of their calls and the reading of the records.
#[derive(Debug)]
pub(crate) struct Gate {
    is_shut: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl Gate {
    fn new() -> Self {
        Self { is_shut: watch::Sender::new(false), waiting: watch::Sender::new(0) }
    }

    pub(crate) fn shut(&self) {
        self.is_shut.send_replace(true);
    }

    pub(crate) fn open(&self) {
        self.is_shut.send_replace(false);
    }

    /// Waits until so many nodes wait.
    pub(crate) async fn reached_by(&self, nodes: usize) {
        let mut waiting = self.waiting.subscribe();
        let all = waiting.wait_for(|waiting| *waiting >= nodes);
        let all = tokio::time::timeout(Duration::from_secs(10), all).await;
        drop(all.expect("the nodes rebuild the counters within 10 s").unwrap());
    }

    async fn pass(&self) {
        self.waiting.send_modify(|waiting| *waiting += 1);
        let mut is_shut = self.is_shut.subscribe();
        drop(is_shut.wait_for(|is_shut| !is_shut).await.unwrap());
        self.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

/// A node: its client, and the records that it shares.
#[derive(Debug)]
struct NodeRecords {
    ledger: Arc<Ledger>,
    nodes: BTreeSet<String>,
    redis: OnceLock<Arc<Redis>>,
    clock: Clock,
    gate: Arc<Gate>,
}

impl Records for NodeRecords {
    fn nodes(&self) -> QuotaAnswer<'_, Option<BTreeSet<String>>> {
        QuotaAnswer::now(Some(self.nodes.clone()))
    }

    fn drain(&self) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::later(self.gate.pass())
    }

    fn restore(&self, holds: Vec<HoldId>) -> QuotaAnswer<'_, Result<Restored, String>> {
        QuotaAnswer::later(async move {
            let Recorded { counts, balances, sold } = self.ledger.read(&holds);
            let redis = self.redis.get().unwrap();
            redis.raise_all(&counts).await;
            for (level, micros) in &balances {
                redis.credit(None, level, *micros).await;
            }
            Ok(Restored { sold, ..Restored::default() })
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
    pub(crate) gate: Arc<Gate>,
    tasks: JoinSet<()>,
}

impl World {
    pub(crate) fn new() -> Self {
        let ledger = Arc::<Ledger>::default();
        Self { ledger, clock: Clock::system(), gate: Arc::new(Gate::new()), tasks: JoinSet::new() }
    }

    /// Starts a node that reaches its server by an address.
    pub(crate) fn node(&mut self, url: &str, name: &str, nodes: &[&str]) -> Arc<Redis> {
        self.node_trusting(None, url, name, nodes)
    }

    /// Starts a node that trusts the servers for which an authority vouches, given in PEM.
    pub(crate) fn node_trusting(
        &mut self,
        authority: Option<&str>,
        url: &str,
        name: &str,
        nodes: &[&str],
    ) -> Arc<Redis> {
        let Ok(QuotaUrl::Redis(url)) = url.parse() else { panic!("{url}") };
        let (account, authority) = (RedisAccount::default(), authority.map(str::as_bytes));
        let place = Place { url: &url, account: &account, authority, name: "test", node: name };
        let rng = Rng::seeded(name.bytes().map(u64::from).sum());
        let redis = Arc::new(Redis::new(&place, quota::Clock::Server, rng).unwrap());
        let nodes = nodes.iter().map(|name| (*name).to_owned()).collect();
        let (ledger, clock, gate) = (self.ledger.clone(), self.clock.clone(), self.gate.clone());
        let records = NodeRecords { ledger, nodes, redis: OnceLock::new(), clock, gate };
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
