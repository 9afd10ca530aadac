//! Tests of models, of the past inquiries that they are trained on, and of the sources' qualities.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Wall;
use crate::book::Channel;
use crate::score::Evaluation;
use crate::store::Change;
use crate::store::EARLIER_MAX;
use crate::store::Fact;
use crate::store::MODELS_MAX;
use crate::store::ModelInUse;
use crate::store::NewModel;
use crate::store::Origin;
use crate::store::Store;
use crate::store::sample::by;
use crate::store::sample::finished;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_model_is_in_use_when_it_is_told(&*fresh().await).await;
    old_models_are_deleted_except_the_one_in_use(&*fresh().await).await;
    ended_inquiries_come_in_order_with_their_outcome(&*fresh().await).await;
    inquiries_of_a_number_are_counted_up_to_a_bound(&*fresh().await).await;
}

fn model(number: usize) -> NewModel {
    let evaluation = Evaluation::of(&[(0.9, true), (0.2, false)]);
    NewModel { json: format!("{{\"number\":{number}}}"), examples: number, evaluation }
}

async fn a_model_is_in_use_when_it_is_told(store: &dyn Store) {
    let mut changes = store.changes();
    assert_eq!(store.model_in_use().await.unwrap(), None);
    let first = store.model_add(model(500), by("ann", second(1))).await.unwrap();
    let second_one = store.model_add(model(600), by("ann", second(2))).await.unwrap();
    assert!(second_one > first);
    assert_eq!(store.model_version().await.unwrap(), None, "stored is not in use");
    assert!(!store.model_use(Some(second_one + 1), by("ann", second(3))).await.unwrap());
    assert!(store.model_use(Some(first), by("ann", second(4))).await.unwrap());
    let used = ModelInUse { version: first, json: model(500).json };
    assert_eq!(store.model_in_use().await.unwrap(), Some(used));
    assert_eq!(store.model_version().await.unwrap(), Some(first));
    let of_scores = |change: Change| matches!(change, Change::Scores { .. }).then_some(change);
    assert_eq!(changes.find(of_scores).await, Some(Change::Scores { change: 1 }));
    let listed = store.models().await.unwrap();
    let shown: Vec<_> = listed.iter().map(|one| (one.version, one.examples, one.in_use)).collect();
    assert_eq!(shown, [(second_one, 600, false), (first, 500, true)]);
    assert_eq!(listed[1].evaluation, model(500).evaluation);
    assert_eq!(listed[1].trained_at, second(1));
    assert!(store.model_use(None, by("ann", second(5))).await.unwrap());
    assert_eq!(store.model_in_use().await.unwrap(), None);
    assert_eq!(changes.find(of_scores).await, Some(Change::Scores { change: 2 }));
    let kinds: Vec<&str> = store
        .activities(None, None, 10)
        .await
        .unwrap()
        .iter()
        .map(|entry| entry.mutation.action.kind.name())
        .collect();
    assert_eq!(kinds.len(), 4, "a refused change is logged by its command: {kinds:?}");
}

async fn old_models_are_deleted_except_the_one_in_use(store: &dyn Store) {
    let first = store.model_add(model(1), by("ann", second(1))).await.unwrap();
    store.model_use(Some(first), by("ann", second(2))).await.unwrap();
    for number in 0..MODELS_MAX + 5 {
        store.model_add(model(number), by("ann", second(3))).await.unwrap();
    }
    let listed = store.models().await.unwrap();
    assert_eq!(listed.len(), MODELS_MAX);
    assert_eq!(listed.last().map(|one| (one.version, one.in_use)), Some((first, true)));
    let newest = first + u64::try_from(MODELS_MAX).unwrap() + 5;
    assert_eq!(listed[0].version, newest);
}

async fn ended_inquiries_come_in_order_with_their_outcome(store: &dyn Store) {
    let facts: Vec<Fact> = [5, 1, 9].map(|at| Fact::Ended(Box::new(finished(at).into()))).into();
    store.apply(Origin::Transaction, facts).await.unwrap();
    let page = store.inquiries_ended(second(2), None).await.unwrap();
    let found: Vec<_> = page.items.iter().map(|one| (one.at, one.channel)).collect();
    assert_eq!(found, [(second(5), Channel::Call), (second(9), Channel::Call)]);
    assert_eq!(page.next, None);
    let one = &page.items[0];
    assert_eq!(one.phone, finished(5).caller);
    assert_eq!(one.offer, finished(5).offer);
    assert_eq!((one.billable, one.returned), (0, 0), "it has no sale");
}

async fn inquiries_of_a_number_are_counted_up_to_a_bound(store: &dyn Store) {
    let count = EARLIER_MAX + 3;
    let facts = (0..count).map(|at| Fact::Ended(Box::new(finished(at).into()))).collect();
    store.apply(Origin::Transaction, facts).await.unwrap();
    let phone = finished(0).caller.unwrap();
    let counted = async |since: Wall, until: Wall| {
        store.inquiries_of(phone.clone(), since, until).await.unwrap()
    };
    assert_eq!(counted(second(0), second(5)).await, 5);
    assert_eq!(counted(second(3), second(5)).await, 2);
    assert_eq!(counted(second(3), second(3) + Duration::from_micros(1)).await, 1);
    assert_eq!(counted(second(0), second(count)).await, EARLIER_MAX);
    let other = "+13055550199".parse().unwrap();
    assert_eq!(store.inquiries_of(other, second(0), second(9)).await.unwrap(), 0);
}
