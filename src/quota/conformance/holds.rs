//! Counters and holds.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use super::*;
use crate::caps::Full;

pub(super) async fn all(make: impl Fn() -> Quota) {
    the_exact_cap_is_named(&make()).await;
    nothing_is_taken_when_one_cap_is_full(&make()).await;
    each_hold_ends_once(&make()).await;
    an_abandoned_hold_expires(&make()).await;
    concurrent_units_live_as_long_as_the_call(&make()).await;
    counters_are_raised_never_lowered(&make()).await;
    the_last_unit_is_sold_once(&make()).await;
    racing_reservations_sell_exactly_the_cap(&make()).await;
    racing_failures_leak_nothing(&make()).await;
    the_same_hold_raced_counts_once(&make()).await;
}

async fn the_exact_cap_is_named(quota: &Quota) {
    let mut id = ids(1);
    let mine = contract("a", Limits::NONE.with(Window::Week, 9));
    let buyers = buyer(Limits::NONE.with(Window::Day, 1));
    let both = [mine, buyers.clone()];
    quota.holds.reserve(id(), &both, Claim::NONE, start(), TTL).await.unwrap();
    let refused = quota.holds.reserve(id(), &both, Claim::NONE, start(), TTL).await;
    let Err(Refused::Full(full)) = refused else { panic!("{refused:?}") };
    let cap = Cap::Units { window: Window::Day, used: 1, limit: 1 };
    assert_eq!(full, Full { level: buyers.level.clone(), cap });
    let periods = Periods::at(&buyers.zone, start().wall);
    assert_eq!(quota.view.full(&buyers, &periods).map(|full| full.cap), Some(cap));
}

async fn nothing_is_taken_when_one_cap_is_full(quota: &Quota) {
    let mut id = ids(2);
    let mine = contract("a", Limits::NONE);
    let closed = buyer(Limits::NONE.with(Window::Month, 0));
    assert!(
        quota
            .holds
            .reserve(id(), &[mine.clone(), closed.clone()], Claim::NONE, start(), TTL)
            .await
            .is_err()
    );
    for key in [day(&mine), under_way(&mine), day(&closed), under_way(&closed)] {
        assert_eq!(quota.view.used(&key), 0, "{key:?}");
    }
    assert_eq!(quota.view.live(), 0);
}

async fn each_hold_ends_once(quota: &Quota) {
    let mut id = ids(3);
    let mine = [contract("a", Limits::NONE)];
    let (won, lost) = (id(), id());
    for hold in [won, lost, won, lost] {
        quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.unwrap();
    }
    assert_eq!(quota.view.used(&day(&mine[0])), 2);
    assert_eq!(quota.holds.settle(won, Settle::Commit).await, Settled::Done);
    assert_eq!(
        quota.holds.settle(won, Settle::Commit).await,
        Settled::Already(HoldState::Committed)
    );
    assert_eq!(
        quota.holds.settle(won, Settle::Release).await,
        Settled::Already(HoldState::Committed)
    );
    assert_eq!(quota.holds.settle(lost, Settle::Release).await, Settled::Done);
    assert_eq!(
        quota.holds.settle(lost, Settle::Release).await,
        Settled::Already(HoldState::Released)
    );
    assert_eq!(
        quota.holds.settle(lost, Settle::Commit).await,
        Settled::Already(HoldState::Released)
    );
    assert_eq!(quota.holds.settle(id(), Settle::Commit).await, Settled::Unknown);
    assert_eq!(quota.view.used(&day(&mine[0])), 1);
    let again = quota.holds.reserve(lost, &mine, Claim::NONE, start(), TTL).await;
    assert_eq!(again, Err(Refused::Settled(HoldState::Released)));
}

async fn an_abandoned_hold_expires(quota: &Quota) {
    let mut id = ids(4);
    let mine = [contract("a", Limits::NONE.with(Window::Total, 1))];
    let hold = id();
    quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.unwrap();
    let almost = start().later(TTL - Duration::from_nanos(1));
    assert_eq!(quota.holds.sweep(almost).await, 0);
    assert_eq!(quota.holds.sweep(start().later(TTL)).await, 1);
    assert_eq!(quota.holds.sweep(start().later(TTL)).await, 0);
    assert_eq!(
        quota.holds.settle(hold, Settle::Commit).await,
        Settled::Already(HoldState::Expired)
    );
    quota.holds.reserve(id(), &mine, Claim::NONE, start().later(TTL), TTL).await.unwrap();
}

async fn concurrent_units_live_as_long_as_the_call(quota: &Quota) {
    let mut id = ids(5);
    let mine = [contract("a", Limits::NONE.with(Window::Concurrent, 2))];
    let (hung_up, lost) = (id(), id());
    for hold in [hung_up, lost] {
        quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.unwrap();
        assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
    }
    assert!(quota.holds.reserve(id(), &mine, Claim::NONE, start(), TTL).await.is_err());
    assert_eq!(quota.holds.settle(hung_up, Settle::End).await, Settled::Done);
    assert_eq!(quota.holds.settle(hung_up, Settle::End).await, Settled::Already(HoldState::Ended));
    assert_eq!(quota.view.used(&under_way(&mine[0])), 1);
    let half = start().later(TTL / 2);
    assert_eq!(quota.holds.renew(lost, half, TTL).await, Settled::Done);
    assert_eq!(quota.holds.sweep(start().later(TTL)).await, 0);
    assert_eq!(quota.holds.sweep(half.later(TTL)).await, 1);
    assert_eq!(quota.holds.settle(lost, Settle::End).await, Settled::Already(HoldState::Ended));
    assert_eq!(quota.view.used(&under_way(&mine[0])), 0);
    assert_eq!(quota.view.used(&day(&mine[0])), 2, "the day's units stay spent");
}

async fn counters_are_raised_never_lowered(quota: &Quota) {
    let mut id = ids(6);
    let mine = [contract("a", Limits::NONE.with(Window::Day, 20))];
    quota.holds.raise(&day(&mine[0]), 19, 0).await;
    quota.holds.raise(&day(&mine[0]), 7, 0).await;
    quota.holds.raise(&under_way(&mine[0]), 7, 0).await;
    assert_eq!(quota.view.used(&under_way(&mine[0])), 0);
    quota.holds.reserve(id(), &mine, Claim::NONE, start(), TTL).await.unwrap();
    assert!(
        quota.holds.reserve(id(), &mine, Claim::NONE, start(), TTL).await.is_err(),
        "the 21st in the same second"
    );
}

async fn the_last_unit_is_sold_once(quota: &Quota) {
    let mine = [contract("a", Limits::NONE.with(Window::Total, RACERS * TRIES / 2))];
    let rest = [contract("b", Limits::NONE), buyer(Limits::NONE.with(Window::Day, 1))];
    let sold = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(100 + n);
        for _ in 0..TRIES {
            let all = [mine[0].clone(), rest[0].clone(), rest[1].clone()];
            if quota.holds.reserve(id(), &all, Claim::NONE, start(), TTL).await.is_ok() {
                sold.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(sold.into_inner(), 1);
    assert_eq!(quota.view.used(&day(&mine[0])), 1, "refused reservations took nothing");
}

async fn racing_reservations_sell_exactly_the_cap(quota: &Quota) {
    let limit = RACERS * TRIES - 1_500;
    let shared = buyer(Limits::NONE.with(Window::Day, limit));
    let sold = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(200 + n);
        let mine = contract(&format!("c{n}"), Limits::NONE);
        for _ in 0..TRIES {
            let hold = id();
            match quota
                .holds
                .reserve(hold, &[mine.clone(), shared.clone()], Claim::NONE, start(), TTL)
                .await
            {
                Ok(_) => {
                    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
                    sold.fetch_add(1, Ordering::Relaxed);
                }
                Err(refused) => assert!(matches!(refused, Refused::Full(_))),
            }
            assert!(quota.view.used(&day(&shared)) <= limit);
        }
    });
    assert_eq!(sold.into_inner(), limit, "no unit is refused that could be sold");
    assert_eq!(quota.view.used(&day(&shared)), limit);
}

async fn racing_failures_leak_nothing(quota: &Quota) {
    let shared = buyer(Limits::NONE.with(Window::Concurrent, 2));
    let committed = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(300 + n);
        let mut rng = Rng::seeded(n);
        for _ in 0..TRIES {
            let hold = id();
            if quota
                .holds
                .reserve(hold, std::slice::from_ref(&shared), Claim::NONE, start(), TTL)
                .await
                .is_err()
            {
                continue;
            }
            assert!(quota.view.used(&under_way(&shared)) <= 2);
            if rng.chance(1, 2) {
                assert_eq!(quota.holds.settle(hold, Settle::Release).await, Settled::Done);
            } else {
                assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
                committed.fetch_add(1, Ordering::Relaxed);
                assert_eq!(quota.holds.settle(hold, Settle::End).await, Settled::Done);
            }
        }
    });
    assert_eq!(quota.view.used(&under_way(&shared)), 0);
    assert_eq!(quota.view.used(&day(&shared)), committed.into_inner());
    assert_eq!(quota.view.live(), 0);
}

async fn the_same_hold_raced_counts_once(quota: &Quota) {
    let mine = [contract("a", Limits::NONE)];
    let settled = AtomicU64::new(0);
    race(async |_| {
        let mut id = ids(400);
        for _ in 0..TRIES {
            let hold = id();
            let held = quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await;
            assert!(matches!(held, Ok(_) | Err(Refused::Settled(HoldState::Released))));
            if quota.holds.settle(hold, Settle::Release).await == Settled::Done {
                settled.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(settled.into_inner(), TRIES, "each hold was released by one racer");
    assert_eq!(quota.view.used(&day(&mine[0])), 0);
}
