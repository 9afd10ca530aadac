//! A node is killed while calls at webhook carriers are live: another goes on with them.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use strowger::base::Rng;
use strowger::demo::carrier::Account;
use strowger::demo::carrier::Api;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Pace;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Simulator;
use strowger::demo::carrier::Site;
use strowger::demo::carrier::Time;
use strowger::net::Clock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::task::block_in_place;

use super::gate::Gate;
use super::program::Switch;
use super::program::fill;
use super::program::home;
use super::stage;
use super::stage::BASE;
use super::stage::Plot;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;
use crate::postgres::Postgres;
use crate::redis_server::RedisServer;
use crate::shared::counted_at;
use crate::shared::on;
use crate::sipp::cluster::HOLDS_DUE;
use crate::until::until;

const SOLD: &str = "bridged by buyer [1a:won] 60.0s 10.00";
/// The end of a dial that was lost: only the caller's was reported.
const FOUND: &str = "bridged by caller [1a:won] 60.0s 10.00";
/// Requests of a call that come before the buyer answers: the number's, and two states of the leg.
const RINGING: usize = 3;
/// Those that come before the buyer hangs up.
const BRIDGED: usize = 4;
/// Those that report the end of the dial, each the same: the carrier tries again three times.
const DIAL_ENDED: RangeInclusive<usize> = 6..=9;

/// Two nodes on one database and one Redis, and an account at a carrier.
struct World {
    one: Switch,
    two: Switch,
    redis: RedisServer,
    database: Postgres,
}

impl World {
    async fn start(plot: &Plot<'_>, account: &Account, api: &str) -> Self {
        let (database, redis) = block_in_place(|| (Postgres::start(), RedisServer::start()));
        let url = block_in_place(|| database.create("calls", "template0"));
        let node = |name: &str| {
            home(|home| {
                on(&stage::settings(home, account, api), &url, name) + &counted_at(redis.port)
            })
        };
        let (one, two) = (node("one"), node("two"));
        let token = fill(&one, plot).await;
        let start = |home| block_in_place(|| Switch::new(home, token.clone()));
        let (one, two) = (start(one), start(two));
        Self { one, two, redis, database }
    }

    /// Returns how many holds last for more than 50 s: those that were renewed in the last 10 s.
    fn renewed(&self) -> i64 {
        let after = (Clock::system().now().wall + s(50)).micros().to_string();
        match self.redis.ask(&["ZCOUNT", HOLDS_DUE, &after, "+inf"]) {
            Some(redis::Value::Int(count)) => count,
            other => panic!("{other:?}"),
        }
    }

    fn ended(&self) -> Vec<String> {
        let records = self.two.records();
        records.iter().filter(|call| call["state"] == "ended").map(summary).collect()
    }
}

/// A carrier whose requests about its single call lead through a gate.
fn carrier(account: &Account, gate: SocketAddr, seed: u64) -> Simulator {
    let time = Time::new(Clock::system().now().wall, Pace::AtOnce);
    let (site, name) = (Site { base: BASE.to_owned(), address: gate }, account.kind.name());
    let voice = format!("{BASE}/carriers/{name}/voice");
    Simulator::new(account.clone(), site, &voice, time, Rng::seeded(seed))
        .reporting_to(&format!("{BASE}/carriers/{name}/status"))
        .with_patience(s(120))
}

fn script() -> Script {
    caller().phone(&phone(0), Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled))
}

/// One call rings and one is bridged when the first node is killed. Of a third, the caller is gone,
/// and the end of the dial was not reported. The other node renews what they hold, answers the next
/// requests of the first two, and asks the carrier about the third.
#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_killed_node_go_on_at_another() {
    let contracts = &[("a", "caps = { day = 4 }")];
    let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: "", contracts };
    let account = Account::draw(plot.kind, &mut Rng::seeded(11));
    let mut gates = [Gate::new().await, Gate::new().await, Gate::new().await];
    let [mut rings, mut talks, mut left] =
        [0, 1, 2].map(|at| carrier(&account, gates[at].address, 20 + at as u64));
    let api = Api::start(account.clone(), left.calls()).await.unwrap();
    let mut world = World::start(&plot, &account, &api.base()).await;
    let (one, two) = (world.one.address, world.two.address);

    let (open, halted) = watch::channel(false);
    let waiting = Arc::new(AtomicUsize::new(0));
    let handle = tokio::runtime::Handle::current();
    for (gate, last) in gates.iter_mut().zip([RINGING, BRIDGED]) {
        let (halted, waiting, handle) = (halted.clone(), waiting.clone(), handle.clone());
        gate.open(Arc::new(move |number| {
            if number <= last {
                return one;
            }
            waiting.fetch_add(1, Ordering::Relaxed);
            handle.block_on(halted.clone().wait_for(|open| *open)).unwrap();
            two
        }));
    }
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
    gates[2].open(Arc::new(move |number| if DIAL_ENDED.contains(&number) { nowhere } else { one }));

    left.call(script()).await;
    let mut calls = JoinSet::new();
    calls.spawn(rings.call(script()));
    calls.spawn(talks.call(script()));
    block_in_place(|| {
        until("both calls wait", || waiting.load(Ordering::Relaxed) == 2);
        let live = world.one.records();
        assert!(live.iter().all(|call| call["state"] == "live"), "{live:#?}");
        let lines = "SELECT count(*) FROM carrier_line GROUP BY token ORDER BY 1";
        assert_eq!(world.database.sql("calls", lines), "3\n4\n6", "what the carrier reported");
        world.one.kill();
        until("the calls are taken over", || {
            world.two.log().contains("calls at webhook carriers taken over")
        });
        until("the call whose caller is gone is found", || !world.ended().is_empty());
        assert_eq!(world.ended(), [FOUND]);
        until("what the others hold is renewed", || world.renewed() == 2);
        assert_eq!(world.two.holds(), "2");
    });
    open.send(true).unwrap();
    for seen in calls.join_all().await {
        assert_eq!(seen.complaints(), "");
    }
    block_in_place(|| {
        assert_eq!(world.ended(), [FOUND, SOLD, SOLD]);
        until("nothing is held", || world.two.holds() == "0");
        world.two.verify();
        // Its new run finds nothing left to do.
        world.one.restart();
        assert_eq!(world.one.records(), world.two.records());
        world.one.verify();
    });

    // Three of four units are sold.
    let mut gate = Gate::new().await;
    let address = world.one.address;
    gate.open(Arc::new(move |_| address));
    let mut last = carrier(&account, gate.address, 30);
    for _ in 0..2 {
        assert_eq!(last.call(script()).await.complaints(), "");
    }
    let all = [FOUND, SOLD, SOLD, SOLD, "no_contract by switch [] 0.0s -"];
    block_in_place(|| assert_eq!(world.ended(), all));
}
