//! Counters that are rebuilt while calls are sold, end, and are recorded: each call counts once.

use strowger::base::HoldId;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::caps::CapKey;
use strowger::caps::Ceiling;
use strowger::caps::Level;
use strowger::caps::Limits;
use strowger::caps::Period;
use strowger::caps::Settle;
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

const DOLLAR: i64 = 1_000_000;
/// What every buyer has paid.
const PAID: i64 = 10 * DOLLAR;

/// When something happens to a call, while the counters are rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    /// Before the node says which calls are live.
    Before,
    /// After that, before the records are read.
    Between,
    /// After the records were read.
    After,
}

const WHEN: [When; 3] = [When::Before, When::Between, When::After];

/// What happens to one call, and when.
#[derive(Debug, Clone, Copy)]
enum Story {
    /// It is sold, which is recorded; it ends, which is recorded.
    Sold { sold: When, recorded: When, ends: When, end_recorded: When, how: Settle },
    /// The attempt fails.
    Failed(When),
}

/// Returns everything that can happen: what is recorded has happened before.
fn stories() -> Vec<Story> {
    let mut all: Vec<Story> = WHEN.map(Story::Failed).into();
    for (sold, recorded) in WHEN.iter().flat_map(|sold| WHEN.map(|recorded| (*sold, recorded))) {
        for (ends, end_recorded) in WHEN.iter().flat_map(|ends| WHEN.map(|end| (*ends, end))) {
            if recorded < sold || ends < sold || end_recorded < ends.max(recorded) {
                continue;
            }
            for how in [Settle::End, Settle::Unbilled] {
                all.push(Story::Sold { sold, recorded, ends, end_recorded, how });
            }
        }
    }
    all
}

/// A call of a prepaid buyer.
struct Call {
    story: Story,
    hold: HoldId,
    ceilings: [Ceiling; 2],
    at: Now,
}

impl Call {
    fn new(n: usize, story: Story, at: Now, rng: &mut Rng) -> Self {
        let limits = Limits::NONE.with(Window::Day, 5).with(Window::Concurrent, 5);
        let own = contract(&format!("c{n}"), limits).priced(DOLLAR);
        let level = Level::Buyer(format!("b{n}").parse().unwrap());
        let buyer = Ceiling::new(level, own.zone.clone(), Limits::NONE.with_balance(true));
        let ceilings = [own, buyer.priced(DOLLAR)];
        Self { story, hold: HoldId::new(at, rng), ceilings, at }
    }

    /// Does what happens at one time: at the node first, then in the records.
    async fn go_on(&self, node: &Redis, world: &World, now: When) {
        match self.story {
            Story::Failed(failed) => {
                if failed == now {
                    let _settled = node.settle(self.hold, Settle::Release).await;
                }
            }
            Story::Sold { sold, recorded, ends, end_recorded, how } => {
                if sold == now {
                    let _settled = node.settle(self.hold, Settle::Commit).await;
                }
                if ends == now {
                    let _settled = node.settle(self.hold, how).await;
                }
                if recorded == now {
                    world.ledger.record(self.hold, &self.ceilings, self.at);
                }
                if end_recorded == now {
                    world.ledger.end(self.hold, &self.ceilings, self.at, how);
                }
            }
        }
    }

    /// Returns whether a node sees the call as it was in the end.
    fn is_right(&self, node: &Redis) -> bool {
        let [units, price] = match self.story {
            Story::Failed(_) => [0, 0],
            Story::Sold { how: Settle::Unbilled, .. } => [1, 0],
            Story::Sold { .. } => [1, DOLLAR],
        };
        let counts = |ceiling: &Ceiling| {
            let live = CapKey { level: ceiling.level.clone(), period: Period::Concurrent };
            node.used(&live) == 0
                && ceiling
                    .spent_keys(self.at.wall)
                    .all(|key| node.used(&key) == units.unsigned_abs() && node.spent(&key) == price)
        };
        self.ceilings.iter().all(counts) && node.balance(&self.ceilings[1].level) == PAID - price
    }

    fn seen_by(&self, node: &Redis) -> String {
        let of = |ceiling: &Ceiling| {
            let keys = ceiling.spent_keys(self.at.wall);
            let counts: Vec<_> = keys.map(|key| (node.used(&key), node.spent(&key))).collect();
            let live = CapKey { level: ceiling.level.clone(), period: Period::Concurrent };
            format!("{counts:?}, {} live", node.used(&live))
        };
        let counts = self.ceilings.each_ref().map(of);
        format!("{:?}: {counts:?}, {}", self.story, node.balance(&self.ceilings[1].level))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_counts_once_whenever_it_is_sold_ends_and_is_recorded() {
    let server = RedisServer::start();
    let mut world = World::new();
    let url = format!("redis://127.0.0.1:{}", server.port);
    let nodes = [world.node(&url, "a", &["a", "b"]), world.node(&url, "b", &["a", "b"])];
    for node in &nodes {
        up(node).await;
    }
    let mut rng = Rng::seeded(4);
    let now = world.clock.now();
    // The same happens to calls of both nodes: one of them leads.
    let stories = stories().into_iter().flat_map(|story| [story; 2]).enumerate();
    let calls: Vec<Call> = stories.map(|(n, story)| Call::new(n, story, now, &mut rng)).collect();
    assert_eq!(calls.len(), 2 * (3 + 2 * 20));
    for (n, call) in calls.iter().enumerate() {
        let buyer = &call.ceilings[1].level;
        world.ledger.credit(buyer, PAID);
        nodes[0].credit(None, buyer, PAID).await;
        reserve(&nodes[n % 2], call.hold, &call.ceilings, now).await.unwrap();
    }
    for when in WHEN {
        match when {
            When::Before => {}
            When::Between => {
                world.gate.shut();
                server.ask(&["FLUSHALL"]);
                for node in &nodes {
                    let _applied = node.applied().await;
                }
                // Both have said which calls are live.
                world.gate.reached_by(nodes.len()).await;
            }
            When::After => {
                world.gate.open();
                for node in &nodes {
                    up(node).await;
                }
            }
        }
        for (n, call) in calls.iter().enumerate() {
            call.go_on(&nodes[n % 2], &world, when).await;
        }
    }
    until("all settlements are confirmed", async || nodes.iter().all(|node| node.live() == 0))
        .await;
    for node in &nodes {
        let all_right = || calls.iter().all(|call| call.is_right(node));
        for _ in 0..100 {
            if all_right() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let wrong = calls.iter().filter(|call| !call.is_right(node));
        let wrong: Vec<String> = wrong.map(|call| call.seen_by(node)).collect();
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), calls.len(), wrong.join("\n"));
    }
}
