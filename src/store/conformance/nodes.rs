//! Tests that a name has one run, that the database's clock counts, and that work which a node has
//! left is claimed once.

use std::sync::Arc;
use std::time::Duration;

use crate::nodes::NodeState;
use crate::nodes::Part;
use crate::nodes::RunId;
use crate::nodes::Takeover;
use crate::store::NewNode;
use crate::store::Store;

/// Longer than any of these tests.
const LONG: Duration = Duration::from_secs(3_600);

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_name_has_one_run(&*fresh().await).await;
    beats_and_a_stop_are_of_the_latest_run(&*fresh().await).await;
    work_is_claimed_once(fresh().await).await;
    a_claim_that_is_not_done_in_time_is_free_again(&*fresh().await).await;
    what_is_taken_over_is_over_until_the_node_is_back(&*fresh().await).await;
    a_node_that_started_again_leaves_nothing(&*fresh().await).await;
}

fn run(id: &str) -> RunId {
    id.parse().unwrap()
}

fn node(name: &str, id: &str) -> NewNode {
    let address = "192.0.2.11:8080".parse().unwrap();
    NewNode { name: name.parse().unwrap(), run: run(id), address, program: "0.1.0".to_owned() }
}

fn of(name: &str, id: &str, part: Part) -> Takeover {
    Takeover { from: name.parse().unwrap(), run: run(id), part }
}

async fn shown(store: &dyn Store) -> String {
    let seen = store.nodes().await.unwrap();
    let shown = seen.nodes.iter().map(|node| {
        assert!(node.started_at <= node.beat_at && node.beat_at <= seen.now, "{node:?}");
        format!("{} {} {:?}", node.name, node.run, node.state(seen.now))
    });
    shown.collect::<Vec<_>>().join(", ")
}

async fn a_name_has_one_run(store: &dyn Store) {
    assert_eq!(shown(store).await, "");
    store.node_register(node("b", "1")).await.unwrap();
    store.node_register(node("a", "2")).await.unwrap();
    store.node_register(node("b", "3")).await.unwrap();
    let expected = "a 0000000000000002 Live, b 0000000000000003 Live";
    assert_eq!(shown(store).await, expected);
    let seen = store.nodes().await.unwrap();
    assert_eq!(seen.nodes[0].program, "0.1.0");
    assert_eq!(seen.nodes[0].address, "192.0.2.11:8080".parse().unwrap());
}

async fn beats_and_a_stop_are_of_the_latest_run(store: &dyn Store) {
    store.node_register(node("a", "1")).await.unwrap();
    let begun = store.nodes().await.unwrap().nodes[0].beat_at;
    assert_eq!(store.node_beat(run("1")).await, Ok(true));
    assert!(store.nodes().await.unwrap().nodes[0].beat_at >= begun);
    store.node_stop(run("1")).await.unwrap();
    let stopped = store.nodes().await.unwrap();
    assert_eq!(stopped.nodes[0].state(stopped.now), NodeState::Stopped);
    store.node_register(node("a", "2")).await.unwrap();
    assert_eq!(store.node_beat(run("1")).await, Ok(false), "another run has the name");
    store.node_stop(run("1")).await.unwrap();
    assert_eq!(shown(store).await, "a 0000000000000002 Live");
    assert_eq!(store.node_beat(run("9")).await, Ok(false), "it is unknown");
}

async fn work_is_claimed_once(store: Arc<dyn Store>) {
    for (name, id) in [("a", "1"), ("b", "2"), ("c", "3")] {
        store.node_register(node(name, id)).await.unwrap();
    }
    let work = of("a", "1", Part::WebhookCalls);
    let mut claims = tokio::task::JoinSet::new();
    for by in [run("2"), run("3"), run("2"), run("3")] {
        let (store, work) = (store.clone(), work.clone());
        claims.spawn(async move { store.takeover_claim(work, by, LONG).await.unwrap() });
    }
    let won = claims.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    let other = of("a", "1", Part::SipCalls);
    assert_eq!(store.takeover_claim(other, run("3"), LONG).await, Ok(true), "each part by itself");
    let unknown = of("a", "7", Part::SipCalls);
    assert_eq!(store.takeover_claim(unknown, run("3"), LONG).await, Ok(false));
}

async fn a_claim_that_is_not_done_in_time_is_free_again(store: &dyn Store) {
    store.node_register(node("a", "1")).await.unwrap();
    let work = || of("a", "1", Part::SipCalls);
    let claim = async |by, within| store.takeover_claim(work(), run(by), within).await.unwrap();
    assert!(claim("2", LONG).await);
    assert!(!claim("3", LONG).await);
    assert!(claim("3", Duration::ZERO).await, "its time is up");
    store.takeover_done(work(), run("2")).await.unwrap();
    assert!(claim("4", Duration::ZERO).await, "the first claim was lost: it ends nothing");
    store.takeover_done(work(), run("4")).await.unwrap();
    assert!(!claim("2", Duration::ZERO).await, "it is done");
}

/// A node that only lost the database for a while has a sign of life again, and may die again.
async fn what_is_taken_over_is_over_until_the_node_is_back(store: &dyn Store) {
    store.node_register(node("a", "1")).await.unwrap();
    let claim = async |part| store.takeover_claim(of("a", "1", part), run("2"), LONG).await;
    for part in Part::ALL {
        assert_eq!(claim(part).await, Ok(true));
        assert_eq!(shown(store).await, "a 0000000000000001 Live", "a part is left");
        store.takeover_done(of("a", "1", part), run("2")).await.unwrap();
        assert_eq!(claim(part).await, Ok(false));
    }
    assert_eq!(shown(store).await, "", "nothing is left to do");
    assert_eq!(store.node_beat(run("1")).await, Ok(true));
    assert_eq!(shown(store).await, "a 0000000000000001 Live");
    assert_eq!(claim(Part::SipCalls).await, Ok(true));
}

async fn a_node_that_started_again_leaves_nothing(store: &dyn Store) {
    store.node_register(node("a", "1")).await.unwrap();
    let work = of("a", "1", Part::WebhookCalls);
    assert_eq!(store.takeover_claim(work.clone(), run("2"), LONG).await, Ok(true));
    store.node_register(node("a", "3")).await.unwrap();
    assert_eq!(store.takeover_claim(work, run("2"), Duration::ZERO).await, Ok(false));
}
