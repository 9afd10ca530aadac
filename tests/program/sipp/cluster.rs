//! Two nodes behind Kamailio on one PostgreSQL and one Redis.

use serde_json::Value;
use serde_json::json;

use super::kamailio;
use super::kamailio::Kamailio;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use crate::postgres::Postgres;
use crate::redis_server::RedisServer;
use crate::shared::counted_at;
use crate::shared::on;
use crate::until::until;
use crate::until::until_dead;

/// Key at Redis of the open holds, by the end of their lease.
pub(crate) const HOLDS_DUE: &str = "{strowger}:1:due";

/// Two nodes and what they share. The nodes are dropped first, and verify then.
struct Cluster {
    one: Stage,
    two: Stage,
    redis: RedisServer,
    _database: Postgres,
}

impl Cluster {
    /// Starts two nodes that sell to one buyer, whose contract has these terms.
    fn start(terms: &str) -> Self {
        let (database, redis) = (Postgres::start(), RedisServer::start());
        let url = database.create("cluster", "template0");
        let on = |name: &str, text: String| on(&text, &url, name) + &counted_at(redis.port);
        let contracts = [Contract { id: "acme", host: 10, more: terms }];
        let behind = |stage: &Stage, text: String| {
            let proxies = format!("[sip]\nproxies = [\"{}\"]\n", stage.ip(kamailio::HOST));
            text.replace("[sip]\n", &proxies)
        };
        let one = Stage::changed(
            &contracts,
            |stage, text| behind(stage, on("one", text)),
            |_, book| book,
        );
        let two = one.unstarted_beside(2, |text| behind(&one, on("two", text)));
        let two = one.start_with(two);
        Self { one, two, redis, _database: database }
    }
}

fn sold(stage: &Stage) -> usize {
    stage.calls().iter().filter(|call| call["winner"].is_object()).count()
}

/// A node is killed under load: the cap is used up by the calls of both, and not exceeded.
#[test]
fn a_cap_holds_across_nodes_of_which_one_is_killed() {
    const CAP: usize = 25;
    let mut cluster = Cluster::start("caps = { total = 25 }");
    let Cluster { one, two, .. } = &mut cluster;
    let _kamailio = Kamailio::start(one, &[one.ip(1), one.ip(2)]);
    let buyer = Sipp::buyer(one, 10, "uas-answers", 60);
    let load = ["-m", "60", "-r", "8", "-d", "2500"];
    let scenario = "uac-talks-or-is-turned-away";
    let caller = Sipp::caller_through(one, kamailio::HOST, 20, scenario, &load);
    until("both nodes have calls", || {
        one.figure("strowger_calls_live") >= 4.0 && two.figure("strowger_calls_live") >= 4.0
    });
    one.kill();
    until("the cap is used up", || caller.has_received("SIP/2.0 480 "));
    drop(caller);
    // The dead node's journal has what the database has not.
    one.start();
    until("no call is live", || {
        two.calls().iter().all(|call| call["state"] == "ended") && sold(two) > 0
    });
    let all = sold(two);
    assert!(all <= CAP, "{all} were sold");
    // Units of calls that rang at the killed node are held until they expire.
    assert!(all > CAP / 2, "{all} were sold");
    assert_eq!(sold(one), all);
    drop(buyer);
}

/// Nothing but the others tells that a node is dead; they close its calls.
#[test]
fn the_calls_of_a_dead_node_are_closed_by_another() {
    let mut cluster = Cluster::start("");
    let Cluster { one, two, .. } = &mut cluster;
    let buyer = Sipp::buyer(one, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(one, "uac-talks-then-hangs-up", 1, &["-d", "120000"]);
    until("the other node shows the live call", || {
        two.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    one.kill();
    drop((buyer, caller));
    until_dead("its call is closed", || two.calls()[0]["state"] == "ended");
    let record: Value = two.calls().remove(0);
    assert_fields(&record, &[("/reason", json!("switch_restart"))]);
    assert!(two.log().contains("calls of a dead node closed"), "{}", two.log());
    // Its new run finds nothing left to close, and bills nothing twice.
    one.start();
    assert_eq!(one.calls(), [record]);
}

/// Redis is killed and comes back without its data: what has a limit is sold again after the counters
/// are complete.
#[test]
fn counters_that_redis_lost_are_complete_before_anything_is_sold() {
    let mut cluster = Cluster::start("caps = { total = 3 }");
    let buyer = Sipp::buyer(&cluster.one, 10, "uas-answers", 3);
    Sipp::caller_with(&cluster.one, "uac-talks-then-hangs-up", 2, &["-d", "1200"]).succeed();
    // Nothing is under way when Redis is lost: a call that ends then may be counted twice.
    assert_eq!(cluster.one.records().len(), 2);
    cluster.redis.kill();
    until("both nodes notice", || {
        let is_up = |stage: &Stage| stage.figure("strowger_quota_up") == 1.0;
        !is_up(&cluster.one) && !is_up(&cluster.two)
    });
    Sipp::caller_at(&cluster.one, 21, "uac-waits-expect-480", 1, &[]).succeed();
    cluster.redis.lose_data();
    cluster.redis.restart();
    let Cluster { one, two, .. } = &cluster;
    until("both nodes have counters again", || {
        one.figure("strowger_quota_up") == 1.0 && two.figure("strowger_quota_up") == 1.0
    });
    Sipp::caller_through(two, 2, 22, "uac-talks-then-hangs-up", &["-d", "1200"]).succeed();
    buyer.succeed();
    Sipp::caller_through(two, 2, 23, "uac-waits-expect-480", &[]).succeed();
    until("every call is recorded", || sold(one) == 3);
}
