//! Load on two nodes while either is killed, PostgreSQL and Redis are killed, and the network to them is
//! cut. Then nothing is held, no cap is exceeded, and `strowger verify` finds no difference between
//! database, journals, ledger, and the callers' logs. `make chaos` runs more rounds than the suite.
//!
//! `STROWGER_CHAOS_NODES` is the number of rounds, `STROWGER_SEED` the seed.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use strowger::base::Rng;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;

use super::cluster::HOLDS_DUE;
use super::crash::answered;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use crate::postgres::Postgres;
use crate::proxy::Proxy;
use crate::redis_server::RedisServer;
use crate::shared::counted_at;
use crate::shared::on;
use crate::until::pause;
use crate::until::until;
use crate::until::until_dead;

const ROUNDS_OF_THE_SUITE: u64 = 1;
/// Calls of a round to each node; they arrive at 20 a second.
const CALLS: u64 = 200;
/// Calls that are answered before the first fault, at most.
const BEFORE: u64 = 20;
/// Calls of the first contract, for each round. The other contract takes the rest.
const CAP: u64 = 150;
/// The first number of the second caller.
const SECOND: u64 = 50_000;

/// What happens beside the kill of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    PostgresKilled,
    RedisKilled,
    RedisEmptied,
    /// Between a node and PostgreSQL.
    PostgresCut(usize),
    /// Between a node and Redis.
    RedisCut(usize),
}

/// What happens in a round.
#[derive(Debug)]
struct Plan {
    first: Vec<Fault>,
    killed: Option<usize>,
    /// While the node is dead. Redis does not lose its counters then: nobody else knows what the node
    /// has sold a moment before.
    then: Vec<Fault>,
}

impl Plan {
    /// Everything in the first round, then at random.
    fn at(round: u64, rng: &mut Rng) -> Self {
        let node = |rng: &mut Rng| usize::try_from(rng.below(2)).unwrap();
        let fault = |rng: &mut Rng, kinds: u64| match rng.below(kinds) {
            0 => Fault::PostgresKilled,
            1 => Fault::PostgresCut(node(rng)),
            2 => Fault::RedisCut(node(rng)),
            3 => Fault::RedisKilled,
            _ => Fault::RedisEmptied,
        };
        if round == 0 {
            let first = vec![Fault::RedisCut(node(rng)), Fault::RedisEmptied];
            let killed = node(rng);
            let then = vec![Fault::PostgresKilled, Fault::PostgresCut(1 - killed)];
            return Self { first, killed: Some(killed), then };
        }
        let first = (0..rng.below(4)).map(|_| fault(rng, 5)).collect();
        let killed = rng.chance(1, 2).then(|| node(rng));
        let then = (0..rng.below(3)).map(|_| fault(rng, 3)).collect();
        Self { first, killed, then }
    }
}

/// The network between the nodes and their servers.
struct Network {
    to_postgres: [Proxy; 2],
    to_redis: [Proxy; 2],
    _runtime: Runtime,
}

impl Network {
    fn new(postgres: u16, redis: u16) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let towards = |port| runtime.block_on(Proxy::towards(port));
        let to_postgres = [towards(postgres), towards(postgres)];
        let to_redis = [towards(redis), towards(redis)];
        Self { to_postgres, to_redis, _runtime: runtime }
    }
}

/// Two nodes and their servers. The nodes are dropped first, and verify then.
struct Cluster {
    nodes: [Stage; 2],
    network: Network,
    redis: RedisServer,
    database: Postgres,
    rng: Rng,
}

impl Cluster {
    fn start(rounds: u64, rng: Rng) -> Self {
        let (database, redis) = (Postgres::start(), RedisServer::start());
        database.create("cluster", "template0");
        let network = Network::new(database.port, redis.port);
        let caps = format!("caps = {{ total = {} }}", CAP * rounds);
        let contracts = [
            Contract { id: "acme", host: 10, more: &caps },
            Contract { id: "rest", host: 10, more: "" },
        ];
        let shared = |at: usize, text: String| {
            let url = database.address_at("cluster", network.to_postgres[at].port);
            on(&text, &url, ["one", "two"][at]) + &counted_at(network.to_redis[at].port)
        };
        let one = Stage::changed(&contracts, |_, text| shared(0, text), |_, book| book);
        let two = one.unstarted_beside(2, |text| shared(1, text));
        let two = one.start_with(two);
        Self { nodes: [one, two], network, redis, database, rng }
    }

    /// Brings a fault about, and ends it after a while.
    fn strike(&mut self, fault: Fault) {
        let (before, lasts) = (self.rng.below(400), 200 + self.rng.below(1_500));
        pause(Duration::from_millis(before));
        let lasts = Duration::from_millis(lasts);
        match fault {
            Fault::PostgresKilled => {
                self.database.kill();
                pause(lasts);
                self.database.up();
            }
            Fault::RedisKilled | Fault::RedisEmptied => {
                self.redis.kill();
                if fault == Fault::RedisEmptied {
                    self.redis.lose_data();
                }
                pause(lasts);
                self.redis.restart();
            }
            Fault::PostgresCut(node) => cut(&self.network.to_postgres[node], lasts),
            Fault::RedisCut(node) => cut(&self.network.to_redis[node], lasts),
        }
    }

    fn round(&mut self, round: u64) {
        let plan = Plan::at(round, &mut self.rng);
        note(round, &format!("{plan:?}"));
        let one = &self.nodes[0];
        let buyer = Sipp::buyer(one, 10, "uas-answers", 100_000);
        let mut callers = [(1, 20, 0), (2, 21, SECOND)].map(|(node, host, first)| {
            let first = first + round * CALLS;
            let numbers: String = (first..first + CALLS).map(|n| format!("{n:05};\n")).collect();
            let file = format!("callers-{host}.csv");
            std::fs::write(one.home().join(&file), format!("SEQUENTIAL\n{numbers}")).unwrap();
            let calls = CALLS.to_string();
            let more = ["-m", &calls, "-r", "20", "-d", "1200", "-inf", &file];
            Some(Sipp::caller_through(one, node, host, "uac-numbered-talks-then-hangs-up", &more))
        });
        let logs: Vec<PathBuf> = callers.iter().flatten().map(Sipp::log).collect();
        let enough = usize::try_from(1 + self.rng.below(BEFORE)).unwrap();
        let has_enough = |caller: &Sipp| answered(caller).len() >= enough;
        until("both nodes answer calls", || callers.iter().flatten().all(has_enough));
        for fault in plan.first {
            self.strike(fault);
        }
        if let Some(node) = plan.killed {
            self.until_counted();
            self.nodes[node].kill();
            callers[node] = None;
        }
        for fault in plan.then {
            self.strike(fault);
        }
        note(round, "the faults are over");
        for caller in callers.into_iter().flatten() {
            // Calls that were turned away count as failed.
            caller.end();
        }
        drop(buyer);
        note(round, "the callers are done");
        if let Some(node) = plan.killed {
            self.nodes[node].start();
        }
        note(round, "both nodes run");
        self.settle(round, &logs);
    }

    /// Waits until both nodes can use the counters.
    fn until_counted(&self) {
        for node in &self.nodes {
            until("the counters can be used", || node.figure("strowger_quota_up") == 1.0);
        }
    }

    /// Waits until both nodes are done, and checks what they have sold.
    fn settle(&self, round: u64, logs: &[PathBuf]) {
        self.until_counted();
        for node in &self.nodes {
            for name in ["strowger_calls_live", "strowger_holds_live", "strowger_journal_facts"] {
                until_dead(&format!("{name} is 0"), || node.figure(name) == 0.0);
            }
        }
        let logs: Vec<_> = logs.iter().map(PathBuf::as_path).collect();
        let printed = self.nodes[0].verify(&logs);
        note(round, &printed.trim_end().replace('\n', "; "));
    }

    /// Returns the calls that the first contract bought.
    fn bought(&self) -> usize {
        let calls = self.nodes[0].calls();
        calls.iter().filter(|call| call["winner"]["contract"] == "acme").count()
    }
}

/// Prints what has happened, and when.
fn note(round: u64, what: &str) {
    eprintln!("{:.3} round {round}: {what}", jiff::Timestamp::now());
}

/// Cuts a connection for a while.
fn cut(proxy: &Proxy, lasts: Duration) {
    proxy.cut(true);
    pause(lasts);
    proxy.cut(false);
}

fn variable(name: &str) -> Option<u64> {
    std::env::vars().find_map(|(known, value)| (known == name).then(|| value.parse().unwrap()))
}

#[test]
fn faults_of_two_nodes_and_their_servers_leave_no_difference() {
    let rounds = variable("STROWGER_CHAOS_NODES");
    let seed = variable("STROWGER_SEED").unwrap_or(11);
    let is_long = rounds.is_some();
    let rounds = rounds.unwrap_or(ROUNDS_OF_THE_SUITE);
    eprintln!("seed {seed}, {rounds} rounds");
    let mut cluster = Cluster::start(rounds, Rng::seeded(seed));
    for round in 0..rounds {
        cluster.round(round);
        let (bought, cap) = (cluster.bought(), usize::try_from(CAP * rounds).unwrap());
        assert!(bought <= cap, "{bought} of {cap}");
        note(round, &format!("{bought} of {cap}"));
    }
    if is_long {
        // The units of calls that a killed node had.
        let open = || match cluster.redis.ask(&["ZCARD", HOLDS_DUE]) {
            Some(redis::Value::Int(open)) => open,
            other => panic!("{other:?}"),
        };
        until_dead("nothing is held", || open() == 0);
    }
}

/// A node loses the database, ends a call, and is killed. What is in its journal corrects the end that
/// another node presumed.
#[test]
fn the_end_that_only_its_node_knows_corrects_the_presumed_one() {
    let mut cluster = Cluster::start(1, Rng::seeded(1));
    let Cluster { nodes: [one, two], network, .. } = &mut cluster;
    let buyer = Sipp::buyer(one, 10, "uas-answers", 1);
    let caller = Sipp::caller_through(one, 1, 20, "uac-talks-then-hangs-up", &["-d", "4000"]);
    until("the other node shows the bridged call", || {
        two.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    network.to_postgres[0].cut(true);
    caller.succeed();
    buyer.succeed();
    until("the end is in the journal", || one.figure("strowger_journal_ended_calls") == 1.0);
    one.kill();
    network.to_postgres[0].cut(false);
    until_dead("its call is closed", || two.calls()[0]["state"] == "ended");
    let fields =
        |reason: &str, billable: bool| [("/reason", json!(reason)), ("/billable", json!(billable))];
    assert_fields(&two.calls()[0], &fields("switch_restart", false));
    one.start();
    until("the end is known", || two.calls()[0]["reason"] == "bridged");
    assert_fields(&two.calls()[0], &fields("bridged", true));
    assert_eq!(one.calls(), two.calls());
}
