//! Tests that SIP messages of calls are kept, found, and removed.

use std::sync::Arc;
use std::time::Duration;

use crate::ladder::Ladder;
use crate::ladder::LadderPart;
use crate::ladder::sample::parts;
use crate::store::Kept;
use crate::store::Store;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::open;
use crate::store::sample::remove_due;
use crate::store::sample::ringing;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    parts_are_kept_once_and_read_in_order(&*fresh().await).await;
    old_parts_are_removed(&*fresh().await).await;
    a_forgotten_call_gets_no_more_parts(&*fresh().await).await;
}

/// Parts of two calls; those of a call are some seconds apart.
fn sample() -> Vec<LadderPart> {
    let of = |call: u64, seconds: u64| parts(ringing(call).id, second(seconds));
    [of(1, 30), of(2, 20), of(1, 10)].into_iter().flatten().collect()
}

async fn parts_are_kept_once_and_read_in_order(store: &dyn Store) {
    for _ in 0..2 {
        store.ladder_add(sample()).await.unwrap();
    }
    let found = store.ladder_fetch(ringing(1).id).await.unwrap();
    assert_eq!(found.iter().map(|part| part.at).collect::<Vec<_>>(), [second(10), second(30)]);
    let ladder = Ladder::read(ringing(1).id, &found).unwrap();
    assert_eq!(ladder.messages.len(), 16);
    assert!(ladder.messages.is_sorted_by_key(|message| message.at));
    assert_eq!(store.ladder_fetch(ringing(3).id).await, Ok(vec![]));
}

async fn old_parts_are_removed(store: &dyn Store) {
    store.ladder_add(sample()).await.unwrap();
    for (before, left, counts) in [
        (second(10), Some(second(10)), [2, 1]),
        (second(11), Some(second(20)), [1, 1]),
        (second(21), Some(second(30)), [1, 0]),
        (second(31), None, [0, 0]),
    ] {
        assert_eq!(remove_due(store, Kept::Ladders, before).await, left);
        for (call, count) in [1, 2].into_iter().zip(counts) {
            assert_eq!(store.ladder_fetch(ringing(call).id).await.unwrap().len(), count);
        }
    }
}

/// Whatever of it was on its way when the person was forgotten.
async fn a_forgotten_call_gets_no_more_parts(store: &dyn Store) {
    let person = || crate::base::Person::Phone("+13055550123".parse().unwrap());
    finish(store, finished(1)).await.unwrap();
    open(store, ringing(2)).await.unwrap();
    store.ladder_add(sample()).await.unwrap();
    let calls = vec![ringing(1).id, ringing(2).id];
    let forgotten = store.calls_forget(calls.clone(), person()).await.unwrap();
    assert_eq!((forgotten.calls, forgotten.ladders), (1, 1), "a live call stays");
    let late = parts(ringing(1).id, second(99));
    store.ladder_add(late.clone()).await.unwrap();
    assert_eq!(store.ladder_fetch(ringing(1).id).await, Ok(vec![]));
    assert_eq!(store.ladder_fetch(ringing(2).id).await.unwrap().len(), 1);
    let again = store.calls_forget(calls, person()).await.unwrap();
    assert_eq!(again.ladders, 0);
    // What stands for it is removed with the rest.
    let ended = finished(1).ended_at.unwrap();
    remove_due(store, Kept::Ladders, ended + Duration::from_secs(1)).await;
    store.ladder_add(late).await.unwrap();
    assert_eq!(store.ladder_fetch(ringing(1).id).await.unwrap().len(), 1);
}
