//! A real Sentinel: the node finds the master, and the promoted replica after a failover.

use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use strowger::base::HoldId;
use strowger::base::Rng;
use strowger::caps::Limits;
use strowger::caps::Refused;
use strowger::caps::Settle;
use strowger::caps::Settled;
use strowger::caps::Window;
use strowger::quota::Holds as _;

use crate::redis_server::RedisServer;
use crate::world::World;
use crate::world::contract;
use crate::world::reserve;
use crate::world::until;
use crate::world::up;

/// A Sentinel that is killed when the test ends.
struct Sentinel(Child);

impl Sentinel {
    fn start(directory: &std::path::Path, port: u16, master: u16) -> Self {
        let file = directory.join("sentinel.conf");
        let text = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor main 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n",
            directory.display()
        );
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("redis-server");
        command.arg(&file).arg("--sentinel").stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_replica_is_found_and_its_counters_are_rebuilt() {
    let (mut master, replica) = (RedisServer::start(), RedisServer::start());
    let port = master.port.to_string();
    replica.ask(&["REPLICAOF", "127.0.0.1", &port]).unwrap();
    until("the master has its replica", async || {
        let about = master.ask(&["INFO", "replication"]);
        format!("{about:?}").contains("state=online")
    })
    .await;
    let directory = tempfile::tempdir().unwrap();
    let spare = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = spare.local_addr().unwrap().port();
    drop(spare);
    let _sentinel = Sentinel::start(directory.path(), port, master.port);
    let mut world = World::new();
    let node = world.node(&format!("redis+sentinel://127.0.0.1:{port}/main"), "a", &["a"]);
    up(&node).await;
    let mut rng = Rng::seeded(3);
    let mine = [contract("acme", Limits::NONE.with(Window::Day, 1))];
    let hold = HoldId::new(world.clock.now(), &mut rng);
    reserve(&node, hold, &mine, world.clock.now()).await.unwrap();
    // The Sentinel learns of replicas from the master, every ten seconds.
    tokio::time::sleep(Duration::from_secs(11)).await;
    master.kill();
    until("the failover is noticed", async || !node.is_up()).await;
    up(&node).await;
    let other = HoldId::new(world.clock.now(), &mut rng);
    let refused = reserve(&node, other, &mine, world.clock.now()).await;
    assert!(matches!(refused, Err(Refused::Full(_))), "{refused:?}");
    assert_eq!(node.settle(hold, Settle::Commit).await, Settled::Done);
}
