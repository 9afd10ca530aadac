//! Tests of what trunks with limits have carried.

use std::sync::Arc;

use crate::caps::Carried;
use crate::store::CARRIED_KEPT;
use crate::store::CarriedLeg;
use crate::store::CarriedTo;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::Store;
use crate::store::sample::carried;
use crate::store::sample::ended_leg;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::ringing;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    legs_are_counted_once_and_by_number(&*fresh().await).await;
    a_leg_of_a_killed_switch_counts_up_to_the_end_of_its_call(&*fresh().await).await;
    old_legs_are_deleted(&*fresh().await).await;
}

async fn save(store: &dyn Store, call: u64, legs: Vec<CarriedLeg>) {
    let facts = vec![Fact::Carried { call: ringing(call).id, legs }];
    store.apply(Origin::Transaction, facts).await.unwrap();
}

/// Returns the calls, milliseconds, micros, and milliseconds of unknown ends since an instant.
async fn since(store: &dyn Store, seconds: u64) -> Vec<(String, [u64; 4])> {
    let found = store.trunk_carried("t".parse().unwrap(), second(seconds)).await.unwrap();
    let numbers = found.into_iter().map(|CarriedTo { number, carried, unknown_ms }| {
        let Carried { calls, talk_ms, micros } = carried;
        (number.e164().to_owned(), [calls, talk_ms, micros.unsigned_abs(), unknown_ms])
    });
    numbers.filter(|(_, counts)| *counts != [0; 4]).collect()
}

async fn legs_are_counted_once_and_by_number(store: &dyn Store) {
    let uk = || "+442079460018".to_owned();
    for _ in 0..2 {
        save(store, 1, vec![carried(10)]).await;
        assert_eq!(since(store, 0).await, [(uk(), [1, 0, 0, 0])]);
    }
    for _ in 0..2 {
        save(store, 1, vec![ended_leg(10)]).await;
        assert_eq!(since(store, 0).await, [(uk(), [1, 45_000, 500_000, 0])]);
    }
    // A late repetition of the dial takes no end back; another address is no other call.
    let again = CarriedLeg { way: 1, ..carried(12) };
    let other = CarriedLeg { trunk: "u".parse().unwrap(), ..carried(13) };
    let us = CarriedLeg { number: "+13055550123".parse().unwrap(), ..carried(14) };
    save(store, 1, vec![carried(10), again, other, us]).await;
    let us = || "+13055550123".to_owned();
    let all = [(us(), [1, 0, 0, 0]), (uk(), [1, 45_000, 500_000, 0])];
    assert_eq!(since(store, 10).await, all);
    // Dialed before, ended since.
    assert_eq!(since(store, 14).await, [(us(), [1, 0, 0, 0]), (uk(), [0, 45_000, 500_000, 0])]);
    assert_eq!(since(store, 70).await, [(uk(), [0, 45_000, 500_000, 0])]);
    assert_eq!(since(store, 71).await, []);
}

async fn a_leg_of_a_killed_switch_counts_up_to_the_end_of_its_call(store: &dyn Store) {
    finish(store, finished(1)).await.unwrap();
    let ended = finished(1).ended_at.unwrap();
    save(store, 1, vec![carried(2)]).await;
    let unknown = u64::try_from(ended.since(second(2)).as_millis()).unwrap();
    assert!(unknown > 0);
    assert_eq!(since(store, 0).await, [("+442079460018".to_owned(), [1, 0, 0, unknown])]);
}

async fn old_legs_are_deleted(store: &dyn Store) {
    save(store, 1, vec![carried(1), carried(5)]).await;
    let late = second(2) + CARRIED_KEPT;
    save(store, 2, vec![CarriedLeg { dialed_at: late, ..carried(9) }]).await;
    assert_eq!(since(store, 0).await, [("+442079460018".to_owned(), [2, 0, 0, 0])]);
}
