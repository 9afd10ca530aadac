//! Cost of holds at Redis: processor time of the server for each reservation and its release, and how
//! long a reservation takes over loopback, 1, 16, and 64 at a time on one connection. Prints how far a
//! cap was exceeded: never.
//!
//! `cargo bench --bench quota`: about a minute. Needs redis-server.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made stops")]
#![expect(clippy::expect_used, reason = "a measurement that cannot be made stops")]
#![expect(clippy::panic, reason = "a measurement that cannot be made stops")]
#![expect(clippy::disallowed_methods, reason = "a load generator needs the clock")]

#[path = "../tests/support/redis_server.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod redis_server;
#[path = "../tests/quota/world.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod world;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use strowger::base::HoldId;
use strowger::base::Rng;
use strowger::caps::Ceiling;
use strowger::caps::Level;
use strowger::caps::Limits;
use strowger::caps::Settle;
use strowger::caps::Window;
use strowger::net::Clock;
use strowger::quota::Holds as _;
use strowger::quota::Redis;
use tokio::task::JoinSet;

use redis_server::RedisServer;
use world::World;
use world::contract;
use world::reserve;
use world::up;

/// Reservations of one measurement.
const RESERVATIONS: u64 = 50_000;
/// Contracts among which they are spread: of one buyer and one offer.
const CONTRACTS: u64 = 100;

#[tokio::main]
async fn main() {
    let server = RedisServer::start();
    let mut world = World::new();
    let node = world.node(&format!("redis://127.0.0.1:{}", server.port), "a", &["a"]);
    up(&node).await;
    println!("reservations of a contract, a buyer, and an offer: six caps and a budget each");
    for tasks in [1, 16, 64] {
        measure(&server, &node, &world.clock, tasks).await;
    }
    overshoot(&node, &world.clock).await;
}

/// Returns the ceilings of a contract, its buyer, and its offer.
fn ceilings(n: u64) -> Vec<Ceiling> {
    let many = Window::ALL
        .iter()
        .fold(Limits::NONE, |limits, window| limits.with(*window, u64::from(u32::MAX)));
    let many = many.with_budget(Window::Month, i64::MAX / 1_024);
    let own = contract(&format!("c{n}"), many).priced(1_000_000);
    let (buyer, offer) = ("acme".parse().unwrap(), "auto".parse().unwrap());
    let levels = [Level::Buyer(buyer), Level::Offer(offer)];
    let others = levels.map(|level| Ceiling::new(level, own.zone.clone(), many).priced(1_000_000));
    std::iter::once(own).chain(others).collect()
}

/// Reserves and then releases, some at a time.
async fn measure(server: &RedisServer, node: &Arc<Redis>, clock: &Clock, tasks: u64) {
    let (mut work, began) = (JoinSet::new(), Instant::now());
    let before = processor_time(server);
    for task in 0..tasks {
        let (node, clock) = (node.clone(), clock.clone());
        work.spawn(async move {
            let mut rng = Rng::seeded(task);
            let all: Vec<Vec<Ceiling>> = (0..CONTRACTS).map(ceilings).collect();
            let mut made = Vec::new();
            for n in 0..RESERVATIONS / tasks {
                let (now, asked) = (clock.now(), Instant::now());
                let id = HoldId::new(now, &mut rng);
                let place = usize::try_from(n % CONTRACTS).unwrap();
                reserve(&node, id, &all[place], now).await.unwrap();
                made.push((id, asked.elapsed()));
            }
            made
        });
    }
    let made: Vec<Vec<(HoldId, Duration)>> = work.join_all().await;
    let (wall, used) = (began.elapsed(), processor_time(server) - before);
    let mut times: Vec<Duration> = made.iter().flatten().map(|(_, time)| *time).collect();
    times.sort_unstable();
    let count = times.len() as f64;
    let at = |part: f64| times[((count - 1.0) * part) as usize].as_micros();
    let before = processor_time(server);
    let mut work = JoinSet::new();
    for made in made {
        let node = node.clone();
        work.spawn(async move {
            for (id, _) in made {
                let _settled = node.settle(id, Settle::Release).await;
            }
        });
    }
    work.join_all().await;
    let each = |used: Duration| used.as_secs_f64() * 1e6 / count;
    let settled = each(processor_time(server) - before);
    println!(
        "{tasks:>3} at a time: {:>6.0} a second, {:>6.0} a second and core of the server; p50 {} µs, p99 {} µs",
        count / wall.as_secs_f64(),
        count / used.as_secs_f64(),
        at(0.5),
        at(0.99),
    );
    println!(
        "     of the server's processor: a reservation {:.1} µs, its release {settled:.1} µs, both {:.1} µs",
        each(used),
        each(used) + settled,
    );
}

/// Asks for twice the cap, 64 at a time.
async fn overshoot(node: &Arc<Redis>, clock: &Clock) {
    const CAP: u64 = 20_000;
    let (sold, mut work) = (Arc::new(AtomicU64::new(0)), JoinSet::new());
    for task in 0..64 {
        let (node, clock, sold) = (node.clone(), clock.clone(), sold.clone());
        work.spawn(async move {
            let mut rng = Rng::seeded(1_000 + task);
            let mine = [contract("capped", Limits::NONE.with(Window::Day, CAP))];
            for _ in 0..CAP * 2 / 64 {
                let now = clock.now();
                let id = HoldId::new(now, &mut rng);
                let made = reserve(&node, id, &mine, now).await;
                sold.fetch_add(u64::from(made.is_ok()), Ordering::Relaxed);
            }
        });
    }
    work.join_all().await;
    let sold = sold.load(Ordering::Relaxed);
    println!("a cap of {CAP}: {sold} sold, overshoot {}", sold.saturating_sub(CAP));
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Returns the processor time that a server has used.
fn processor_time(server: &RedisServer) -> Duration {
    let said: String = redis::from_redis_value(server.ask(&["INFO", "cpu"]).unwrap()).unwrap();
    let seconds = |name: &str| {
        let value = said.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        Duration::from_secs_f64(value.trim().parse().unwrap())
    };
    seconds("used_cpu_user:") + seconds("used_cpu_sys:")
}
