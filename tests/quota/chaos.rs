//! Two nodes sell from one server while it is killed, flushed, replaced by its replica, and cut off.
//! No cap is exceeded, and every unit is free again.
//!
//! `STROWGER_QUOTA_ASKS` is the number of reservations, `STROWGER_SEED` the seed.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use strowger::base::HoldId;
use strowger::base::Rng;
use strowger::caps::CapKey;
use strowger::caps::Ceiling;
use strowger::caps::Limits;
use strowger::caps::Period;
use strowger::caps::Refused;
use strowger::caps::Settle;
use strowger::caps::Window;
use strowger::net::Clock;
use strowger::quota::Holds as _;
use strowger::quota::Redis;
use strowger::quota::View as _;
use tokio::task::JoinSet;

use crate::proxy::Proxy;
use crate::redis_server::RedisServer;
use crate::world::Ledger;
use crate::world::World;
use crate::world::contract;
use crate::world::reserve;
use crate::world::until;
use crate::world::up;

/// Calls that run at a time, on both nodes together.
const TASKS: u64 = 64;
/// Contracts; each has a cap of its own.
const CONTRACTS: usize = 8;
/// Calls of one contract at a time.
const CONCURRENT: u64 = 5;
/// Reservations of the short form.
const ASKS: u64 = 40_000;
/// Most strikes: between two of them, so many calls are asked for that all are soon.
const STRIKES_MAX: u64 = 200;

/// What was really sold: what no counter may exceed.
#[derive(Default)]
struct Sold {
    total: AtomicU64,
    live: AtomicU64,
    most_live: AtomicU64,
}

/// What all calls share.
struct Market {
    contracts: Vec<[Ceiling; 1]>,
    sold: Vec<Sold>,
    ledger: Arc<Ledger>,
    clock: Clock,
    asks: AtomicU64,
}

impl Market {
    /// Makes calls until all have been asked for.
    async fn calls(&self, node: &Redis, mut rng: Rng) {
        while self
            .asks
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok()
        {
            self.call(node, &mut rng).await;
        }
    }

    async fn call(&self, node: &Redis, rng: &mut Rng) {
        let which = usize::try_from(rng.below(CONTRACTS as u64)).unwrap();
        let (ceilings, sold) = (&self.contracts[which], &self.sold[which]);
        let now = self.clock.now();
        let id = HoldId::new(now, rng);
        if let Err(refused) = reserve(node, id, ceilings, now).await {
            if refused == Refused::Unavailable {
                // Nobody was asked.
                self.asks.fetch_add(1, Ordering::Relaxed);
            }
            tokio::time::sleep(Duration::from_micros(rng.below(3_000))).await;
            return;
        }
        let live = sold.live.fetch_add(1, Ordering::SeqCst) + 1;
        sold.most_live.fetch_max(live, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_micros(rng.below(4_000))).await;
        if rng.chance(1, 3) {
            // Free from the moment that the release is asked for.
            sold.live.fetch_sub(1, Ordering::SeqCst);
            let _settled = node.settle(id, Settle::Release).await;
            return;
        }
        sold.total.fetch_add(1, Ordering::SeqCst);
        let _settled = node.settle(id, Settle::Commit).await;
        tokio::time::sleep(Duration::from_micros(rng.below(4_000))).await;
        self.ledger.record(id, ceilings, now);
        sold.live.fetch_sub(1, Ordering::SeqCst);
        let _settled = node.settle(id, Settle::End).await;
    }
}

/// A server, its replica, and what happens to them.
struct Weather {
    master: RedisServer,
    replica: RedisServer,
    proxies: [Proxy; 2],
    rng: Rng,
}

impl Weather {
    async fn strike(&mut self) -> &'static str {
        match self.rng.below(5) {
            0 => {
                self.master.kill();
                self.master.restart();
                "killed and restarted"
            }
            1 => {
                self.master.kill();
                self.master.lose_data();
                self.master.restart();
                "killed and restarted without data"
            }
            2 => {
                self.master.ask(&["FLUSHALL"]);
                "flushed"
            }
            3 => {
                self.promote();
                "replaced by its replica"
            }
            _ => {
                let which = usize::try_from(self.rng.below(2)).unwrap();
                self.proxies[which].cut(true);
                tokio::time::sleep(Duration::from_millis(500)).await;
                self.proxies[which].cut(false);
                "cut off"
            }
        }
    }

    /// Kills the master and promotes the replica, which may lack the last writes. The killed one
    /// becomes the replica.
    fn promote(&mut self) {
        self.master.kill();
        self.replica.ask(&["REPLICAOF", "NO", "ONE"]);
        std::mem::swap(&mut self.master, &mut self.replica);
        for proxy in &self.proxies {
            proxy.turn_to(self.master.port);
        }
        self.replica.lose_data();
        self.replica.restart();
        self.follow();
    }

    fn follow(&self) {
        let port = self.master.port.to_string();
        self.replica.ask(&["REPLICAOF", "127.0.0.1", &port]);
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var_os(name).map_or(default, |text| text.to_str().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_cap_is_exceeded_whatever_happens_to_the_server() {
    let seed = number("STROWGER_SEED", std::process::id().into());
    let asks = number("STROWGER_QUOTA_ASKS", ASKS);
    eprintln!("STROWGER_SEED={seed} STROWGER_QUOTA_ASKS={asks}");
    let mut rng = Rng::seeded(seed);
    let (master, replica) = (RedisServer::start(), RedisServer::start());
    let proxies = [Proxy::towards(master.port).await, Proxy::towards(master.port).await];
    let mut world = World::new();
    let nodes = ["a", "b"].map(|name| {
        let port = proxies[usize::from(name == "b")].port;
        world.node(&format!("redis://127.0.0.1:{port}"), name, &["a", "b"])
    });
    for node in &nodes {
        up(node).await;
    }
    // Reached when most have been asked for.
    let cap = (asks / 64).max(1);
    let limits = Limits::NONE.with(Window::Total, cap).with(Window::Concurrent, CONCURRENT);
    let market = Arc::new(Market {
        contracts: (0..CONTRACTS).map(|n| [contract(&format!("c{n}"), limits)]).collect(),
        sold: (0..CONTRACTS).map(|_| Sold::default()).collect(),
        ledger: world.ledger.clone(),
        clock: world.clock.clone(),
        asks: AtomicU64::new(asks),
    });
    let mut weather = Weather { master, replica, proxies, rng: rng.fork() };
    weather.follow();
    let mut calls = JoinSet::new();
    for n in 0..TASKS {
        let (market, rng) = (market.clone(), rng.fork());
        let node = nodes[usize::from(n % 2 == 1)].clone();
        calls.spawn(async move { market.calls(&node, rng).await });
    }
    let (mut strikes, mut before) = (0, asks);
    while !calls.is_empty() {
        let pause = Duration::from_millis(500 + rng.below(2_000));
        let ended = async { while calls.join_next().await.transpose().unwrap().is_some() {} };
        let left = market.asks.load(Ordering::Relaxed);
        // Calls that nobody was asked for are asked for again: more may be left than before.
        let is_due = strikes == 0 || before.saturating_sub(left) >= asks / STRIKES_MAX;
        if tokio::time::timeout(pause, ended).await.is_err() && is_due {
            eprintln!("{}, {left} are left", weather.strike().await);
            (strikes, before) = (strikes + 1, left);
        }
    }
    eprintln!("{strikes} strikes");
    for node in &nodes {
        up(node).await;
        until("every settlement is confirmed", async || {
            let _swept = node.sweep(world.clock.now()).await;
            node.live() == 0
        })
        .await;
    }
    for (ceilings, sold) in market.contracts.iter().zip(&market.sold) {
        let [total, most] = [&sold.total, &sold.most_live].map(|n| n.load(Ordering::SeqCst));
        eprintln!("sold {total} of {cap}, at most {most} of {CONCURRENT} at a time");
        assert!(total <= cap && most <= CONCURRENT, "overshoot");
        let key = |period| CapKey { level: ceilings[0].level.clone(), period };
        assert!(nodes[0].used(&key(Period::Total)) >= total, "a sale was forgotten");
    }
    assert!(strikes > 0, "nothing happened to the server");
}
