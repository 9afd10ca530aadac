//! What the functions keep at the server is bounded.

use strowger::base::HoldId;
use strowger::base::Rng;
use strowger::caps::Limits;
use strowger::caps::Settle;
use strowger::caps::Window;
use strowger::quota::Holds as _;
use tokio::task::JoinSet;

use crate::redis_server::RedisServer;
use crate::world::World;
use crate::world::contract;
use crate::world::reserve;
use crate::world::up;

/// Contracts that sell: seven times as many as the texts that are kept.
const CONTRACTS: u64 = 28_000;
const TASKS: u64 = 64;
/// Bytes of the scripts' memory. All texts would need 60 MB.
const BYTES_MAX: u64 = 32 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_that_are_read_once_are_forgotten() {
    let server = RedisServer::start();
    let mut world = World::new();
    let node = world.node(&format!("redis://127.0.0.1:{}", server.port), "a", &["a"]);
    up(&node).await;
    let mut work = JoinSet::new();
    for task in 0..TASKS {
        let (node, clock) = (node.clone(), world.clock.clone());
        work.spawn(async move {
            let mut rng = Rng::seeded(task);
            for n in (task..CONTRACTS).step_by(64) {
                let limits = Limits::NONE.with(Window::Day, 10 + n);
                let own = [contract(&format!("contract-{n}"), limits)];
                let now = clock.now();
                let hold = HoldId::new(now, &mut rng);
                reserve(&node, hold, &own, now).await.unwrap();
                let _settled = node.settle(hold, Settle::Release).await;
            }
        });
    }
    work.join_all().await;
    let said = server.ask(&["INFO", "memory"]).unwrap();
    let said: String = redis::from_redis_value(said).unwrap();
    let used = said.lines().find_map(|line| line.strip_prefix("used_memory_vm_functions:"));
    let used: u64 = used.unwrap().trim().parse().unwrap();
    assert!(used < BYTES_MAX, "{used} bytes");
}
