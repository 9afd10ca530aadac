//! What counters that are rebuilt have of a node that is gone, and whose journal is not in the records.

use std::sync::Arc;

use strowger::base::HoldId;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::caps::CapKey;
use strowger::caps::Ceiling;
use strowger::caps::Limits;
use strowger::caps::Period;
use strowger::caps::Settle;
use strowger::caps::Settled;
use strowger::caps::Window;
use strowger::quota::Holds as _;
use strowger::quota::Redis;
use strowger::quota::View as _;

use crate::redis_server::RedisServer;
use crate::world::World;
use crate::world::contract;
use crate::world::reserve;
use crate::world::until;
use crate::world::up;

/// Two calls of a node that is gone: one was up, and one had ended. Neither is recorded.
struct Gone {
    server: RedisServer,
    world: World,
    /// The node that is left.
    left: Arc<Redis>,
    mine: [Ceiling; 1],
    now: Now,
    calls: [HoldId; 2],
}

impl Gone {
    async fn new() -> Self {
        let server = RedisServer::start();
        let url = format!("redis://127.0.0.1:{}", server.port);
        let mut world = World::new();
        let left = world.node(&url, "a", &["a"]);
        up(&left).await;
        let limits = Limits::NONE.with(Window::Day, 10).with(Window::Concurrent, 5);
        let (mine, now) = ([contract("acme", limits)], world.clock.now());
        let mut rng = Rng::seeded(6);
        let calls = [(); 2].map(|()| HoldId::new(now, &mut rng));
        let mut others = World::new();
        let gone = others.node(&url, "b", &["a", "b"]);
        up(&gone).await;
        for hold in calls {
            reserve(&gone, hold, &mine, now).await.unwrap();
            assert_eq!(gone.settle(hold, Settle::Commit).await, Settled::Done);
        }
        assert_eq!(gone.settle(calls[1], Settle::End).await, Settled::Done);
        // Its tasks end with it.
        drop(others);
        let gone = Self { server, world, left, mine, now, calls };
        gone.counts([2, 1]).await;
        gone
    }

    /// Waits until the node that is left sees so many sold, and so many live.
    async fn counts(&self, expected: [u64; 2]) {
        let used = |period| CapKey { level: self.mine[0].level.clone(), period };
        let seen =
            || [Period::Total, Period::Concurrent].map(|period| self.left.used(&used(period)));
        let what = format!("{expected:?} sold and live");
        until(&what, async || self.left.is_up() && seen() == expected).await;
    }
}

/// The server has its data back, as after a crash with an append-only file: the call that was up counts.
/// That of the call that had ended is lost until its node is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_server_keeps_the_live_calls_of_a_node_that_is_gone() {
    let mut gone = Gone::new().await;
    gone.server.kill();
    until("the loss is noticed", async || !gone.left.is_up()).await;
    gone.server.restart();
    up(&gone.left).await;
    gone.counts([1, 1]).await;
    // Nobody renews it, and its sale is recorded meanwhile: it counts once.
    gone.world.ledger.record(gone.calls[0], &gone.mine, gone.now);
    gone.server.kill();
    until("the loss is noticed", async || !gone.left.is_up()).await;
    gone.server.restart();
    up(&gone.left).await;
    gone.counts([1, 1]).await;
}

/// Nothing knows of the calls but the journal of the node that is gone. When that is in the records, the
/// counters are complete as soon as they are rebuilt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_data_forgets_the_calls_of_a_node_that_is_gone_until_it_is_back() {
    let gone = Gone::new().await;
    gone.server.ask(&["FLUSHALL"]).unwrap();
    let _applied = gone.left.applied().await;
    assert!(!gone.left.is_up());
    up(&gone.left).await;
    gone.counts([0, 0]).await;
    for hold in gone.calls {
        gone.world.ledger.record(hold, &gone.mine, gone.now);
    }
    // What docs/quota.md tells the operator to do.
    gone.server.ask(&["HDEL", "{test}:1:accounts", ""]).unwrap();
    let _applied = gone.left.applied().await;
    up(&gone.left).await;
    gone.counts([2, 0]).await;
}
