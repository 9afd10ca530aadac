//! Counters that were lost are rebuilt before anything with a limit is sold.

use strowger::base::HoldId;
use strowger::base::Rng;
use strowger::caps::Again;
use strowger::caps::CapKey;
use strowger::caps::Limits;
use strowger::caps::Period;
use strowger::caps::Refused;
use strowger::caps::Settle;
use strowger::caps::Settled;
use strowger::caps::Window;
use strowger::quota::Holds as _;
use strowger::quota::View as _;

use crate::proxy::Proxy;
use crate::redis_server::RedisServer;
use crate::world::TTL;
use crate::world::World;
use crate::world::contract;
use crate::world::reserve;
use crate::world::until;
use crate::world::up;

/// Returns the address of a server.
fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_and_a_restart_without_data_lose_nothing() {
    let mut server = RedisServer::start();
    let mut world = World::new();
    let (a, b) = (
        world.node(&url(server.port), "a", &["a", "b"]),
        world.node(&url(server.port), "b", &["a", "b"]),
    );
    up(&a).await;
    up(&b).await;
    let mut rng = Rng::seeded(1);
    let mine = [contract("acme", Limits::NONE.with(Window::Day, 4).with(Window::Concurrent, 3))];
    let mut id = || HoldId::new(world.clock.now(), &mut rng);
    // One call has ended and is recorded; one of each node is up, the other's is not answered yet.
    let (ended, live) = (id(), id());
    let ringing = id();
    let now = world.clock.now();
    for (node, hold) in [(&a, ended), (&a, live), (&b, ringing)] {
        reserve(node, hold, &mine, now).await.unwrap();
    }
    for hold in [ended, live] {
        assert_eq!(a.settle(hold, Settle::Commit).await, Settled::Done);
    }
    world.ledger.record(ended, &mine, now);
    assert_eq!(a.settle(ended, Settle::End).await, Settled::Done);
    for round in 0..3 {
        match round {
            0 => drop(server.ask(&["FLUSHALL"])),
            1 => {
                server.kill();
                server.lose_data();
                server.restart();
            }
            _ => {
                server.kill();
                server.restart();
            }
        }
        if round == 0 {
            // The first request finds out. Nothing is sold until the counters are complete.
            let early = reserve(&a, id(), &mine, world.clock.now()).await;
            assert_eq!(early, Err(Refused::Unavailable));
        }
        up(&a).await;
        up(&b).await;
        let key = |period| CapKey { level: mine[0].level.clone(), period };
        until("both see the counters", async || {
            [&a, &b].map(|node| node.used(&key(Period::Concurrent))) == [2, 2]
                && [&a, &b].map(|node| node.used(&key(Period::Total))) == [3, 3]
        })
        .await;
        let last = id();
        reserve(&b, last, &mine, world.clock.now()).await.unwrap();
        let full = reserve(&a, id(), &mine, world.clock.now()).await;
        assert!(matches!(full, Err(Refused::Full(_))), "{full:?}");
        assert_eq!(b.settle(last, Settle::Release).await, Settled::Done);
    }
    assert_eq!(a.settle(live, Settle::End).await, Settled::Done);
    assert_eq!(b.settle(ringing, Settle::Release).await, Settled::Done);
    assert_eq!((a.live(), b.live()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_cut_off_keeps_its_calls_and_sells_what_has_no_limit() {
    let server = RedisServer::start();
    let proxy = Proxy::towards(server.port).await;
    let mut world = World::new();
    let node = world.node(&url(proxy.port), "a", &["a"]);
    let other = world.node(&url(server.port), "b", &["b"]);
    up(&node).await;
    up(&other).await;
    let mut rng = Rng::seeded(2);
    let mut id = || HoldId::new(world.clock.now(), &mut rng);
    let paid = [contract("paid", Limits::NONE.with(Window::Day, 2))];
    let free = [contract("free", Limits::NONE)];
    let (won, lost, doubtful, unlimited) = (id(), id(), id(), id());
    for hold in [won, lost] {
        reserve(&node, hold, &paid, world.clock.now()).await.unwrap();
    }
    proxy.cut(true);
    // The first request is not answered, later ones are not made.
    for hold in [doubtful, id()] {
        let refused = reserve(&node, hold, &paid, world.clock.now()).await;
        assert_eq!(refused, Err(Refused::Unavailable));
    }
    reserve(&node, unlimited, &free, world.clock.now()).await.unwrap();
    assert_eq!(node.renew(won, world.clock.now(), TTL).await, Settled::Done);
    assert_eq!(node.settle(won, Settle::Commit).await, Settled::Done);
    assert_eq!(node.settle(lost, Settle::Release).await, Settled::Done);
    assert!(!node.is_up());
    proxy.cut(false);
    up(&node).await;
    let used =
        |name: &str| CapKey { level: contract(name, Limits::NONE).level, period: Period::Total };
    until("the other node sees what was settled", async || other.used(&used("paid")) == 1).await;
    assert_eq!(node.losses(), 1);
    // The hold that was made alone is counted at its next heartbeat.
    let known = node.renew(unlimited, world.clock.now(), TTL).await;
    assert_eq!(known, Settled::Unknown);
    let lost = strowger::caps::Lost {
        ceilings: &free,
        claim: strowger::caps::Claim::NONE,
        units: strowger::caps::Units::All,
        at: world.clock.now().wall,
    };
    let again = node.reserve_again(unlimited, lost, world.clock.now(), TTL).await;
    assert_eq!(again, Again::Within);
    until("the other node sees it", async || other.used(&used("free")) == 1).await;
    for hold in [won, unlimited] {
        assert_eq!(node.settle(hold, Settle::End).await, Settled::Done);
    }
    assert_eq!(node.live(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corrections_that_every_node_reads_count_once() {
    let server = RedisServer::start();
    let mut world = World::new();
    let names = ["a", "b"];
    let (a, b) =
        (world.node(&url(server.port), "a", &names), world.node(&url(server.port), "b", &names));
    up(&a).await;
    up(&b).await;
    let level = strowger::caps::Level::Buyer("acme".parse().unwrap());
    let key = CapKey { level: level.clone(), period: Period::Total };
    for node in [&a, &b] {
        node.credit(Some(7), &level, 50).await;
        node.correct(3, std::slice::from_ref(&key), 2, 20).await;
    }
    a.credit(Some(8), &level, 5).await;
    until("the other node sees it", async || b.balance(&level) == 55).await;
    assert_eq!((b.used(&key), b.spent(&key)), (2, 20));
    let applied = b.applied().await.unwrap();
    assert_eq!((applied.entries, applied.postings), (8, 3));
}
