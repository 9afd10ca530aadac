//! Persons are sold once within a window, also under concurrent reservations.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::base::DecisionId;
use crate::base::Wall;
use crate::caps::Mark;

const WINDOW: Duration = Duration::from_secs(3_600);

pub(super) async fn all(make: impl Fn() -> Quota) {
    a_sale_is_remembered(&make()).await;
    a_person_is_forgotten(&make()).await;
    a_person_is_held_until_the_hold_ends(&make()).await;
    one_decision_may_sell_a_person_side_by_side(&make()).await;
    an_abandoned_hold_lets_its_person_go(&make()).await;
    a_person_raced_is_sold_once(&make()).await;
    racing_persons_are_sold_once_each(&make()).await;
}

fn mark(person: &str) -> Mark {
    Mark::new(&Level::Offer("auto".parse().unwrap()), &[person], WINDOW)
}

fn decision(seed: u64) -> Option<DecisionId> {
    Some(DecisionId::new(start(), &mut Rng::seeded(seed)))
}

async fn reserve(
    quota: &Quota,
    id: HoldId,
    by: Option<DecisionId>,
    marks: &[Mark],
    now: Now,
) -> Result<(), Option<Wall>> {
    let mine = [contract("a", Limits::NONE)];
    match quota.holds.reserve(id, &mine, Claim { by, marks }, now, TTL).await {
        Ok(_) => Ok(()),
        Err(Refused::Duplicate { at }) => Err(Some(at)),
        Err(Refused::Full(_) | Refused::Settled(_) | Refused::TooMany | Refused::Unavailable) => {
            Err(None)
        }
    }
}

async fn a_sale_is_remembered(quota: &Quota) {
    assert_eq!(quota.view.sold(mark("a"), at(0).wall), None);
    quota.holds.remember(mark("a"), at(0).wall).await;
    assert_eq!(quota.view.sold(mark("a"), at(3_599).wall), Some(at(0).wall));
    assert_eq!(quota.view.sold(mark("a"), at(3_600).wall), None);
    assert_eq!(quota.view.sold(mark("b"), at(1).wall), None);
    let mut id = ids(21);
    assert_eq!(reserve(quota, id(), None, &[mark("a")], at(3_599)).await, Err(Some(at(0).wall)));
    assert_eq!(quota.view.live(), 0, "a refused hold took nothing");
    assert_eq!(reserve(quota, id(), None, &[mark("a")], at(3_600)).await, Ok(()));
}

async fn a_person_is_forgotten(quota: &Quota) {
    for person in ["a", "b"] {
        quota.holds.remember(mark(person), at(0).wall).await;
    }
    quota.holds.forget_sold(&[mark("a").key(), mark("c").key()]).await;
    assert_eq!(quota.view.sold(mark("a"), at(1).wall), None);
    assert_eq!(quota.view.sold(mark("b"), at(1).wall), Some(at(0).wall));
    let mut id = ids(22);
    assert_eq!(reserve(quota, id(), None, &[mark("a")], at(1)).await, Ok(()));
    assert_eq!(reserve(quota, id(), None, &[mark("b")], at(1)).await, Err(Some(at(0).wall)));
}

async fn a_person_is_held_until_the_hold_ends(quota: &Quota) {
    let mut id = ids(22);
    let (lost, won) = (id(), id());
    assert_eq!(reserve(quota, lost, decision(1), &[mark("a")], at(0)).await, Ok(()));
    assert_eq!(quota.view.sold(mark("a"), at(1).wall), Some(at(0).wall));
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(1)).await, Err(Some(at(0).wall)));
    assert_eq!(reserve(quota, id(), decision(2), &[mark("b")], at(1)).await, Ok(()));
    assert_eq!(quota.holds.settle(lost, Settle::Release).await, Settled::Done);
    assert_eq!(quota.view.sold(mark("a"), at(1).wall), None, "not sold");
    assert_eq!(reserve(quota, won, decision(2), &[mark("a")], at(2)).await, Ok(()));
    assert_eq!(quota.holds.settle(won, Settle::Commit).await, Settled::Done);
    assert_eq!(quota.holds.settle(won, Settle::Unbilled).await, Settled::Done);
    assert_eq!(reserve(quota, id(), decision(3), &[mark("a")], at(9)).await, Err(Some(at(2).wall)));
    assert_eq!(reserve(quota, id(), decision(3), &[mark("a")], at(3_602)).await, Ok(()));
}

async fn one_decision_may_sell_a_person_side_by_side(quota: &Quota) {
    let mut id = ids(23);
    let (one, two) = (id(), id());
    for hold in [one, two] {
        assert_eq!(reserve(quota, hold, decision(1), &[mark("a")], at(0)).await, Ok(()));
    }
    assert_eq!(quota.holds.settle(one, Settle::Release).await, Settled::Done);
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(1)).await, Err(Some(at(0).wall)));
    assert_eq!(quota.holds.settle(two, Settle::Commit).await, Settled::Done);
    assert_eq!(quota.holds.settle(two, Settle::End).await, Settled::Done);
    assert_eq!(
        reserve(quota, id(), decision(1), &[mark("a")], at(5)).await,
        Ok(()),
        "a shared lead"
    );
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(5)).await, Err(Some(at(0).wall)));
}

async fn an_abandoned_hold_lets_its_person_go(quota: &Quota) {
    let mut id = ids(24);
    assert_eq!(reserve(quota, id(), decision(1), &[mark("a")], at(0)).await, Ok(()));
    assert_eq!(quota.holds.sweep(at(0).later(TTL)).await, 1);
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(61)).await, Ok(()));
}

async fn a_person_raced_is_sold_once(quota: &Quota) {
    let sold = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(800 + n);
        for turn in 0..TRIES {
            let hold = id();
            let by = decision(n * TRIES + turn);
            if reserve(quota, hold, by, &[mark("a")], start()).await.is_ok() {
                // Some holds are released: the next may try.
                if turn % 3 == 0 {
                    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
                    assert_eq!(quota.holds.settle(hold, Settle::End).await, Settled::Done);
                    sold.fetch_add(1, Ordering::Relaxed);
                } else {
                    assert_eq!(quota.holds.settle(hold, Settle::Release).await, Settled::Done);
                }
            }
        }
    });
    assert_eq!(sold.into_inner(), 1);
    assert_eq!(quota.view.used(&day(&contract("a", Limits::NONE))), 1);
    assert_eq!(quota.view.live(), 0);
}

async fn racing_persons_are_sold_once_each(quota: &Quota) {
    const PERSONS: u64 = 500;
    let sold = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(900 + n);
        for turn in 0..TRIES {
            let hold = id();
            // Every racer reserves for all persons, each in a different order.
            let person = mark(&((turn * (2 * n + 1)) % PERSONS).to_string());
            if reserve(quota, hold, decision(n * TRIES + turn), &[person], start()).await.is_ok() {
                assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
                sold.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(sold.into_inner(), PERSONS);
}
