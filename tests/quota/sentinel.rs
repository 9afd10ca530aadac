//! A real Sentinel: the node finds the master, and the promoted replica after a failover.

use std::net::TcpListener;
use std::path::Path;
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

use crate::authority::Authority;
use crate::redis_server::RedisServer;
use crate::world::World;
use crate::world::contract;
use crate::world::reserve;
use crate::world::until;
use crate::world::up;

/// A Sentinel that is killed when the test ends.
struct Sentinel(Child);

impl Sentinel {
    fn start(directory: &Path, port: &str, master: u16) -> Self {
        let file = directory.join("sentinel.conf");
        let text = format!(
            "{port}bind 127.0.0.1\ndir {}\nsentinel monitor main 127.0.0.1 {master} 1\n\
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

fn spare_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a server; returns the port for others, by TLS if there is an authority.
fn server(authority: Option<&Authority>) -> (RedisServer, u16) {
    let Some(authority) = authority else {
        let server = RedisServer::start();
        let port = server.port;
        return (server, port);
    };
    let port = spare_port();
    (RedisServer::start_with(&authority.arguments(port)), port)
}

/// The master is killed; the Sentinel promotes its replica.
async fn fail_over(authority: Option<&Authority>) {
    let ((mut master, at), (replica, _)) = (server(authority), server(authority));
    replica.ask(&["REPLICAOF", "127.0.0.1", &at.to_string()]).unwrap();
    until("the master has its replica", async || {
        let about = master.ask(&["INFO", "replication"]);
        format!("{about:?}").contains("state=online")
    })
    .await;
    let (directory, port) = (tempfile::tempdir().unwrap(), spare_port());
    let listens = match authority {
        None => format!("port {port}\n"),
        Some(authority) => {
            let settings = authority.settings(port).map(|setting| setting.join(" ") + "\n");
            format!("port 0\n{}", settings.concat())
        }
    };
    let _sentinel = Sentinel::start(directory.path(), &listens, at);
    let mut world = World::new();
    let scheme = if authority.is_some() { "rediss+sentinel" } else { "redis+sentinel" };
    let (url, trusted) =
        (format!("{scheme}://127.0.0.1:{port}/main"), authority.map(|own| &*own.pem));
    let node = world.node_trusting(trusted, &url, "a", &["a"]);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_replica_is_found_and_its_counters_are_rebuilt() {
    fail_over(None).await;
}

/// Between the node, the Sentinel, and both servers, with certificates of a private authority.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promoted_replica_is_found_by_tls() {
    fail_over(Some(&Authority::new("127.0.0.1"))).await;
}
