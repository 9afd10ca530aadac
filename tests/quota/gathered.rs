//! Asks that are made at once share calls of the server, and each has its own answer.

use std::sync::Arc;

use strowger::base::HoldId;
use strowger::base::Rng;
use strowger::caps::CapKey;
use strowger::caps::Limits;
use strowger::caps::Period;
use strowger::caps::Refused;
use strowger::caps::Settle;
use strowger::caps::Settled;
use strowger::caps::Window;
use strowger::quota::Holds as _;
use strowger::quota::Redis;
use strowger::quota::View as _;
use tokio::task::JoinSet;

use crate::redis_server::RedisServer;
use crate::world::World;
use crate::world::contract;
use crate::world::reserve;
use crate::world::up;

/// More than may wait for one call, and than may wait at all.
const ASKS: u64 = 3_000;
/// The most in one call.
const ASKS_MAX: u64 = 128;
const CAP: u64 = 1_000;

/// Returns how often functions were called.
fn calls(server: &RedisServer) -> u64 {
    let said = server.ask(&["INFO", "commandstats"]).unwrap();
    let said: String = redis::from_redis_value(said).unwrap();
    let calls = said.lines().find_map(|line| line.strip_prefix("cmdstat_fcall:calls="));
    calls.unwrap().split(',').next().unwrap().parse().unwrap()
}

/// Settles holds at once; all are settled.
async fn settle(node: &Arc<Redis>, holds: &[HoldId], how: Settle) {
    let mut work = JoinSet::new();
    for hold in holds.iter().copied() {
        let node = node.clone();
        work.spawn(async move { node.settle(hold, how).await });
    }
    let settled = work.join_all().await;
    assert!(settled.iter().all(|settled| *settled == Settled::Done), "{settled:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asks_at_once_share_calls_and_each_has_its_answer() {
    let server = RedisServer::start();
    let mut world = World::new();
    let node = world.node(&format!("redis://127.0.0.1:{}", server.port), "a", &["a"]);
    up(&node).await;
    let limits = Limits::NONE.with(Window::Day, CAP);
    let mine = Arc::new([contract("acme", limits)]);
    let (now, mut rng) = (world.clock.now(), Rng::seeded(5));
    let before = calls(&server);
    let mut work = JoinSet::new();
    for _ in 0..ASKS {
        let (node, mine, hold) = (node.clone(), mine.clone(), HoldId::new(now, &mut rng));
        work.spawn(async move { (hold, reserve(&node, hold, &*mine, now).await) });
    }
    let answers = work.join_all().await;
    let made = calls(&server) - before;
    assert!((ASKS / ASKS_MAX..ASKS / 8).contains(&made), "{made} calls");
    let is_full = |answer: &Result<_, Refused>| matches!(answer, Err(Refused::Full(_)));
    assert!(answers.iter().all(|(_, answer)| answer.is_ok() || is_full(answer)), "{answers:?}");
    let sold: Vec<HoldId> =
        answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(hold, _)| *hold).collect();
    assert_eq!(sold.len() as u64, CAP);
    // A hold that is there is not made again.
    reserve(&node, sold[0], &*mine, now).await.unwrap();
    let used = || {
        let key = |period| CapKey { level: mine[0].level.clone(), period };
        [Period::Total, Period::Concurrent].map(|period| node.used(&key(period)))
    };
    assert_eq!(used(), [CAP, CAP]);
    let (released, kept) = sold.split_at(400);
    settle(&node, released, Settle::Release).await;
    settle(&node, kept, Settle::Commit).await;
    assert_eq!(used(), [600, 600]);
    settle(&node, kept, Settle::End).await;
    assert_eq!((used(), node.live()), ([600, 0], 0));
}
