//! Tests that what a node knows of its calls corrects what was presumed when it was gone.

use std::sync::Arc;

use super::money::sale;
use super::money::sold;
use super::unit;
use crate::base::End;
use crate::billing::PostingKind;
use crate::call::CallRecord;
use crate::store::CallChange;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::Store;
use crate::store::sample::beat;
use crate::store::sample::bridged;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::open;
use crate::store::sample::ringing;
use crate::store::sample::second;
use crate::store::sample::update;
use crate::store::sample::usd;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    the_end_that_the_node_knows_is_billed(&*fresh().await).await;
    a_sale_that_only_the_node_knows_is_stored(&*fresh().await).await;
    a_later_heartbeat_moves_the_presumed_end(&*fresh().await).await;
    an_end_that_is_known_is_final(&*fresh().await).await;
}

fn bridge(seconds: u64) -> CallChange {
    sold(bridged(seconds), &sale(seconds, &[unit("total")]))
}

fn end(seconds: u64) -> CallChange {
    sold(finished(seconds), &sale(seconds, &[unit("total")]))
}

async fn presume(store: &dyn Store) -> usize {
    store.calls_presume_ended(&node(), second(9_000)).await.unwrap().len()
}

async fn fetch(store: &dyn Store, seconds: u64) -> CallRecord {
    store.call_fetch(ringing(seconds).id).await.unwrap().unwrap()
}

/// Returns what stands in the ledger as revenue, and the number of postings.
async fn revenue(store: &dyn Store, seconds: u64) -> (i64, usize) {
    let postings = store.postings(ringing(seconds).id).await.unwrap();
    let revenue = postings.iter().filter(|posting| matches!(posting.kind, PostingKind::Revenue(_)));
    (revenue.map(|posting| posting.amount.micros()).sum(), postings.len())
}

async fn units(store: &dyn Store) -> u64 {
    store.cap_usage_since(second(0)).await.unwrap().iter().map(|count| count.used).sum()
}

async fn the_end_that_the_node_knows_is_billed(store: &dyn Store) {
    open(store, ringing(0)).await.unwrap();
    update(store, bridge(0)).await.unwrap();
    beat(store, vec![ringing(0).id], second(30)).await.unwrap();
    assert_eq!(presume(store).await, 1);
    let presumed = fetch(store, 0).await;
    assert_eq!((presumed.reason, presumed.ended_at), (Some(End::SwitchRestart), Some(second(30))));
    assert_eq!((presumed.billable, revenue(store, 0).await.0), (false, 0));
    assert_eq!(presume(store).await, 0);
    for _ in 0..2 {
        finish(store, end(0)).await.unwrap();
        assert_eq!(fetch(store, 0).await, finished(0));
        assert_eq!(revenue(store, 0).await.0, usd("45.00").micros());
        assert_eq!(units(store).await, 1);
    }
    let postings = revenue(store, 0).await.1;
    finish(store, end(0)).await.unwrap();
    assert_eq!(revenue(store, 0).await.1, postings, "corrected once");
}

async fn a_sale_that_only_the_node_knows_is_stored(store: &dyn Store) {
    open(store, ringing(0)).await.unwrap();
    presume(store).await;
    assert_eq!(units(store).await, 0);
    let attempts = bridged(0).attempts;
    let attempted = Fact::Attempted { call: ringing(0).id, attempts, decisions: Vec::new() };
    let facts = vec![attempted, Fact::Bridged(Box::new(bridge(0)))];
    store.apply(Origin::Transaction, facts).await.unwrap();
    assert_eq!((units(store).await, revenue(store, 0).await.0), (1, 0));
    assert_eq!(fetch(store, 0).await.reason, Some(End::SwitchRestart));
    finish(store, end(0)).await.unwrap();
    assert_eq!(fetch(store, 0).await, finished(0));
    assert_eq!((units(store).await, revenue(store, 0).await.0), (1, usd("45.00").micros()));
}

async fn a_later_heartbeat_moves_the_presumed_end(store: &dyn Store) {
    for seconds in [0, 100] {
        open(store, ringing(seconds)).await.unwrap();
        update(store, bridge(seconds)).await.unwrap();
    }
    presume(store).await;
    // 290 s connected: billable.
    beat(store, vec![ringing(0).id], second(300)).await.unwrap();
    beat(store, vec![ringing(0).id], second(200)).await.unwrap();
    let moved = fetch(store, 0).await;
    assert_eq!((moved.ended_at, moved.billable), (Some(second(300)), true));
    assert_eq!(revenue(store, 0).await.0, usd("45.00").micros());
    assert_eq!((fetch(store, 100).await.billable, revenue(store, 100).await.0), (false, 0));
    // It ended before after all: the revenue is taken back.
    let mut short = finished(0);
    short.talk = std::time::Duration::from_secs(3);
    short.ended_at = short.bridged_at.map(|at| at + short.talk);
    short.billable = false;
    (short.revenue, short.payout) = (Some(usd("0.00")), Some(usd("0.00")));
    finish(store, sold(short.clone(), &sale(0, &[unit("total")]))).await.unwrap();
    assert_eq!((fetch(store, 0).await, revenue(store, 0).await.0), (short, 0));
}

async fn an_end_that_is_known_is_final(store: &dyn Store) {
    open(store, ringing(0)).await.unwrap();
    update(store, bridge(0)).await.unwrap();
    store.calls_close_open(&node(), second(9_000)).await.unwrap();
    let closed = fetch(store, 0).await;
    finish(store, end(0)).await.unwrap();
    beat(store, vec![ringing(0).id], second(300)).await.unwrap();
    assert_eq!((fetch(store, 0).await, presume(store).await), (closed, 0));
}
