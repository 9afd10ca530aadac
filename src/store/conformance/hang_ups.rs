//! Tests that a hang-up reaches the node that keeps the call, once and in time, and that each node
//! lists the calls of the others.

use std::sync::Arc;

use crate::base::NodeName;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::store::AskedHangUp;
use crate::store::CallCursor;
use crate::store::Change;
use crate::store::HANG_UPS_TAKEN_MAX;
use crate::store::NewNode;
use crate::store::Store;
use crate::store::sample;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::open;
use crate::store::sample::ringing;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_hang_up_is_taken_once_by_the_node_of_the_call(&*fresh().await).await;
    only_a_live_call_of_a_live_node_is_hung_up(&*fresh().await).await;
    many_hang_ups_are_taken_in_parts(&*fresh().await).await;
    calls_of_other_nodes_are_listed(&*fresh().await).await;
}

fn other() -> NodeName {
    "other".parse().unwrap()
}

/// The node that keeps the calls of the samples.
async fn register(store: &dyn Store) -> NewNode {
    let address = "192.0.2.11:8080".parse().unwrap();
    let (name, run) = (sample::node(), "1".parse().unwrap());
    let node = NewNode { name, run, address, program: "0.1.0".to_owned() };
    store.node_register(node.clone()).await.unwrap();
    node
}

async fn ask(store: &dyn Store, call: &CallRecord, own: NodeName) -> AskedHangUp {
    store.hang_up_ask(call.id, own).await.unwrap()
}

async fn a_hang_up_is_taken_once_by_the_node_of_the_call(store: &dyn Store) {
    register(store).await;
    let mut changes = store.changes();
    for seconds in [1, 2] {
        open(store, ringing(seconds)).await.unwrap();
    }
    for seconds in [2, 1, 2] {
        assert_eq!(ask(store, &ringing(seconds), other()).await, AskedHangUp::Asked);
    }
    let of_hang_ups = |change: Change| matches!(change, Change::HangUps { .. }).then_some(());
    assert_eq!(changes.find(of_hang_ups).await, Some(()));
    assert_eq!(store.hang_ups_take(other()).await, Ok(vec![]));
    let taken = store.hang_ups_take(sample::node()).await;
    assert_eq!(taken, Ok(vec![ringing(2).id, ringing(1).id]));
    assert_eq!(store.hang_ups_take(sample::node()).await, Ok(vec![]));
    // The carrier did not hang up: it is asked again.
    assert_eq!(ask(store, &ringing(1), other()).await, AskedHangUp::Asked);
    assert_eq!(changes.find(of_hang_ups).await, Some(()), "a number is never used again");
    assert_eq!(store.hang_ups_take(sample::node()).await, Ok(vec![ringing(1).id]));
}

async fn only_a_live_call_of_a_live_node_is_hung_up(store: &dyn Store) {
    open(store, ringing(1)).await.unwrap();
    assert_eq!(ask(store, &ringing(1), other()).await, AskedHangUp::NotKept, "an unknown node");
    let node = register(store).await;
    assert_eq!(ask(store, &ringing(1), sample::node()).await, AskedHangUp::NotKept, "its own");
    assert_eq!(ask(store, &ringing(2), other()).await, AskedHangUp::NotKept, "an unknown call");
    finish(store, finished(3)).await.unwrap();
    assert_eq!(ask(store, &finished(3), other()).await, AskedHangUp::NotKept, "it has ended");
    store.node_stop(node.run).await.unwrap();
    assert_eq!(ask(store, &ringing(1), other()).await, AskedHangUp::Gone(sample::node()));
    assert_eq!(store.hang_ups_take(sample::node()).await, Ok(vec![]));
}

async fn many_hang_ups_are_taken_in_parts(store: &dyn Store) {
    register(store).await;
    let calls = u64::try_from(HANG_UPS_TAKEN_MAX).unwrap() + 1;
    for seconds in 1..=calls {
        open(store, ringing(seconds)).await.unwrap();
        assert_eq!(ask(store, &ringing(seconds), other()).await, AskedHangUp::Asked);
    }
    let first = store.hang_ups_take(sample::node()).await.unwrap();
    assert_eq!(first.len(), HANG_UPS_TAKEN_MAX);
    assert_eq!(store.hang_ups_take(sample::node()).await, Ok(vec![ringing(calls).id]));
}

async fn calls_of_other_nodes_are_listed(store: &dyn Store) {
    for seconds in 1..=3 {
        open(store, ringing(seconds)).await.unwrap();
    }
    finish(store, finished(4)).await.unwrap();
    let live = || CallQuery { state: Some(CallState::Live), ..CallQuery::default() };
    let own = store.calls_elsewhere(sample::node(), live(), None, 10).await.unwrap();
    assert_eq!(own.items, []);
    let first = store.calls_elsewhere(other(), live(), None, 2).await.unwrap();
    assert_eq!(first.items, [ringing(3), ringing(2)]);
    assert_eq!(first.next, Some(CallCursor(ringing(2).id)));
    let rest = store.calls_elsewhere(other(), live(), first.next, 2).await.unwrap();
    assert_eq!((rest.items, rest.next), (vec![ringing(1)], None));
}
