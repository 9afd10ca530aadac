//! Tests that each fact is applied once, whatever its origin.

use super::change;
use super::money;
use super::unit;
use crate::base::JournalId;
use crate::base::Now;
use crate::base::Rng;
use crate::call::CallRecord;
use crate::store::CallChange;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::sample::bridged;
use crate::store::sample::decision;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::open;
use crate::store::sample::ringing;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> std::sync::Arc<dyn Store>) {
    decisions_are_stored_once_a_buyer_rings(&*fresh().await).await;
    facts_of_unknown_calls_store_nothing(&*fresh().await).await;
    facts_are_applied_together_or_not_at_all(&*fresh().await).await;
    only_those_that_cannot_be_applied_fail(&*fresh().await).await;
    facts_of_a_journal_are_applied_once(&*fresh().await).await;
    a_replaced_journal_starts_at_1(&*fresh().await).await;
}

pub(super) fn opened(seconds: u64) -> Fact {
    Fact::Opened { record: Box::new(ringing(seconds)), node: "strowger-1".parse().unwrap() }
}

fn attempted(record: &CallRecord) -> Fact {
    let (call, attempts) = (record.id, record.attempts.clone());
    Fact::Attempted { call, attempts, decisions: vec![decision(1), decision(2)] }
}

fn ended(seconds: u64) -> Fact {
    let sale = money::sale(seconds, &[unit("total")]);
    let change = money::sold(finished(seconds), &sale);
    Fact::Ended(Box::new(CallChange { decisions: vec![decision(seconds)], ..change }))
}

fn journal(number: u64) -> JournalId {
    JournalId::new(Now::at(second(0)), &mut Rng::seeded(number))
}

/// Returns the units counted for all calls.
async fn units(store: &dyn Store) -> u64 {
    store.cap_usage_since(second(0)).await.unwrap().iter().map(|count| count.used).sum()
}

async fn decisions_are_stored_once_a_buyer_rings(store: &dyn Store) {
    let call = ringing(1).id;
    open(store, ringing(1)).await.unwrap();
    let decided = Fact::Decided { call, decisions: vec![decision(1)] };
    store.apply(Origin::Transaction, vec![decided]).await.unwrap();
    assert_eq!(store.decisions_fetch(call).await, Ok(vec![decision(1)]));
    let mut expected = CallRecord { decision_id: Some(decision(1).id), ..ringing(1) };
    assert_eq!(store.call_fetch(call).await, Ok(Some(expected.clone())));
    for _ in 0..2 {
        store.apply(Origin::Transaction, vec![attempted(&bridged(1))]).await.unwrap();
        assert_eq!(store.decisions_fetch(call).await, Ok(vec![decision(1), decision(2)]));
        expected.attempts = bridged(1).attempts;
        expected.decision_id = Some(decision(2).id);
        assert_eq!(store.call_fetch(call).await, Ok(Some(expected.clone())));
    }
    finish(store, finished(1)).await.unwrap();
    store.apply(Origin::Transaction, vec![attempted(&ringing(1))]).await.unwrap();
    assert_eq!(
        store.call_fetch(call).await,
        Ok(Some(finished(1))),
        "an ended call does not change"
    );
}

async fn facts_of_unknown_calls_store_nothing(store: &dyn Store) {
    let call = ringing(1).id;
    let decided = Fact::Decided { call, decisions: vec![decision(1)] };
    let beat = Fact::Beat { at: second(5), calls: vec![call] };
    let facts = vec![decided, attempted(&ringing(1)), beat];
    store.apply(Origin::Transaction, facts).await.unwrap();
    assert_eq!(store.call_fetch(call).await, Ok(None));
    assert_eq!(store.decisions_fetch(call).await, Ok(vec![]));
}

async fn facts_are_applied_together_or_not_at_all(store: &dyn Store) {
    let wrong = Fact::Ended(Box::new(change(ringing(2))));
    let (id, facts) = (journal(1), vec![opened(1), wrong]);
    for origin in [Origin::Transaction, Origin::Journal { id, first: 1 }] {
        let applied = store.apply(origin, facts.clone()).await;
        assert_eq!(applied, Err(StoreError::WrongState));
        assert_eq!(store.call_fetch(ringing(1).id).await, Ok(None));
        assert_eq!(store.applied(id).await, Ok(0));
    }
}

/// Facts that wait at the same time share statements.
async fn only_those_that_cannot_be_applied_fail(store: &dyn Store) {
    let wrong = || Fact::Ended(Box::new(change(ringing(2))));
    let one = |fact| store.apply(Origin::Transaction, vec![fact]);
    let id = journal(1);
    let (first, second, third, fourth, fifth) = tokio::join!(
        one(ended(1)),
        one(wrong()),
        store.apply(Origin::Journal { id, first: 1 }, vec![opened(3), ended(3)]),
        store.apply(Origin::Transaction, vec![opened(4), wrong()]),
        one(ended(5)),
    );
    assert_eq!((first, third, fifth), (Ok(()), Ok(()), Ok(())));
    let failed = Err(StoreError::WrongState);
    assert_eq!((second, fourth), (failed.clone(), failed));
    assert_eq!(store.call_fetch(ringing(4).id).await, Ok(None));
    assert_eq!((units(store).await, store.applied(id).await), (3, Ok(2)));
}

async fn facts_of_a_journal_are_applied_once(store: &dyn Store) {
    let (id, other) = (journal(1), journal(2));
    let log = [opened(1), ended(1), ended(2), opened(3), ended(3)];
    assert_eq!(store.applied(id).await, Ok(0));
    // (first fact, last fact, last applied afterwards, units)
    for (first, last, applied, counted) in [
        (1, 2, 2, 1),
        (1, 2, 2, 1),
        (2, 3, 3, 2),
        (1, 1, 3, 2),
        (3, 5, 5, 3),
        (1, 5, 5, 3),
        (5, 5, 5, 3),
    ] {
        let facts = log[first - 1..last].to_vec();
        let first = u64::try_from(first).unwrap();
        store.apply(Origin::Journal { id, first }, facts).await.unwrap();
        assert_eq!(store.applied(id).await, Ok(applied), "{first} to {last}");
        assert_eq!(units(store).await, counted, "{first} to {last}");
    }
    // Skipped facts are not validated.
    let unlike = Fact::Ended(Box::new(change(ringing(9))));
    store.apply(Origin::Journal { id, first: 5 }, vec![unlike]).await.unwrap();
    // Unreadable facts are skipped; later facts are applied.
    store.apply(Origin::Journal { id, first: 8 }, vec![ended(8)]).await.unwrap();
    assert_eq!((store.applied(id).await, units(store).await), (Ok(8), 4));
    store.apply(Origin::Journal { id, first: 9 }, vec![]).await.unwrap();
    assert_eq!((store.applied(id).await, store.applied(other).await), (Ok(8), Ok(0)));
}

/// A new journal starts at 1 again. Its facts about ended calls change nothing.
async fn a_replaced_journal_starts_at_1(store: &dyn Store) {
    let (old, new) = (journal(1), journal(2));
    store.apply(Origin::Journal { id: old, first: 1 }, vec![opened(1), ended(1)]).await.unwrap();
    let facts = vec![opened(1), ended(1), ended(2)];
    store.apply(Origin::Journal { id: new, first: 1 }, facts).await.unwrap();
    assert_eq!((store.applied(old).await, store.applied(new).await), (Ok(2), Ok(3)));
    assert_eq!(units(store).await, 2);
}
