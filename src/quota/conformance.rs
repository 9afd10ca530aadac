//! What every implementation of [`Quota`] must do. Each check gets counters that stand at zero.

mod duplicates;
mod money;

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::Quota;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Rng;
use crate::caps::Cap;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Period;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Settled;
use crate::caps::State;
use crate::caps::Window;

const TTL: Duration = Duration::from_secs(60);
/// Threads that race.
const RACERS: u64 = 4;
/// Reservations that each of them tries.
const TRIES: u64 = 2_000;

/// Runs every check, each against counters of its own.
pub(crate) fn all<Q: Quota>(make: impl Fn() -> Q) {
    the_exact_cap_is_named(&make());
    nothing_is_taken_when_one_cap_is_full(&make());
    each_hold_ends_once(&make());
    an_abandoned_hold_expires(&make());
    concurrent_units_live_as_long_as_the_call(&make());
    counters_are_raised_never_lowered(&make());
    the_last_unit_is_sold_once(&make());
    racing_reservations_sell_exactly_the_cap(&make());
    racing_failures_leak_nothing(&make());
    the_same_hold_raced_counts_once(&make());
    duplicates::all(&make);
    money::all(make);
}

fn start() -> Now {
    Now::at("2026-01-06T15:00:00Z".parse().unwrap())
}

fn ceiling(level: Level, limits: Limits) -> Ceiling {
    Ceiling::new(level, TimeZone::get("America/New_York").unwrap(), limits)
}

fn contract(name: &str, limits: Limits) -> Ceiling {
    ceiling(Level::Contract(name.parse().unwrap()), limits)
}

fn buyer(limits: Limits) -> Ceiling {
    ceiling(Level::Buyer("acme".parse().unwrap()), limits)
}

fn day(ceiling: &Ceiling) -> CapKey {
    let period = Periods::at(&ceiling.zone, start().wall).of(Window::Day);
    CapKey { level: ceiling.level.clone(), period }
}

fn under_way(ceiling: &Ceiling) -> CapKey {
    CapKey { level: ceiling.level.clone(), period: Period::Concurrent }
}

fn ids(seed: u64) -> impl FnMut() -> HoldId {
    let mut rng = Rng::seeded(seed);
    move || HoldId::new(start(), &mut rng)
}

fn the_exact_cap_is_named(quota: &dyn Quota) {
    let mut id = ids(1);
    let mine = contract("a", Limits::NONE.with(Window::Week, 9));
    let buyers = buyer(Limits::NONE.with(Window::Day, 1));
    let both = [mine, buyers.clone()];
    quota.reserve(id(), &both, Claim::NONE, start(), TTL).unwrap();
    let refused = quota.reserve(id(), &both, Claim::NONE, start(), TTL);
    let Err(Refused::Full(full)) = refused else { panic!("{refused:?}") };
    let cap = Cap::Units { window: Window::Day, used: 1, limit: 1 };
    assert_eq!(full, Full { level: buyers.level.clone(), cap });
    let periods = Periods::at(&buyers.zone, start().wall);
    assert_eq!(quota.full(&buyers, &periods).map(|full| full.cap), Some(cap));
}

fn nothing_is_taken_when_one_cap_is_full(quota: &dyn Quota) {
    let mut id = ids(2);
    let mine = contract("a", Limits::NONE);
    let closed = buyer(Limits::NONE.with(Window::Month, 0));
    assert!(
        quota.reserve(id(), &[mine.clone(), closed.clone()], Claim::NONE, start(), TTL).is_err()
    );
    for key in [day(&mine), under_way(&mine), day(&closed), under_way(&closed)] {
        assert_eq!(quota.used(&key), 0, "{key:?}");
    }
    assert_eq!(quota.live(), 0);
}

fn each_hold_ends_once(quota: &dyn Quota) {
    let mut id = ids(3);
    let mine = [contract("a", Limits::NONE)];
    let (won, lost) = (id(), id());
    for hold in [won, lost, won, lost] {
        quota.reserve(hold, &mine, Claim::NONE, start(), TTL).unwrap();
    }
    assert_eq!(quota.used(&day(&mine[0])), 2);
    assert_eq!(quota.commit(won), Settled::Done);
    assert_eq!(quota.commit(won), Settled::Already(State::Committed));
    assert_eq!(quota.release(won), Settled::Already(State::Committed));
    assert_eq!(quota.release(lost), Settled::Done);
    assert_eq!(quota.release(lost), Settled::Already(State::Released));
    assert_eq!(quota.commit(lost), Settled::Already(State::Released));
    assert_eq!(quota.commit(id()), Settled::Unknown);
    assert_eq!(quota.used(&day(&mine[0])), 1);
    let again = quota.reserve(lost, &mine, Claim::NONE, start(), TTL);
    assert_eq!(again, Err(Refused::Settled(State::Released)));
}

fn an_abandoned_hold_expires(quota: &dyn Quota) {
    let mut id = ids(4);
    let mine = [contract("a", Limits::NONE.with(Window::Total, 1))];
    let hold = id();
    quota.reserve(hold, &mine, Claim::NONE, start(), TTL).unwrap();
    let almost = start().later(TTL - Duration::from_nanos(1));
    assert_eq!(quota.sweep(almost), 0);
    assert_eq!(quota.sweep(start().later(TTL)), 1);
    assert_eq!(quota.sweep(start().later(TTL)), 0);
    assert_eq!(quota.commit(hold), Settled::Already(State::Expired));
    quota.reserve(id(), &mine, Claim::NONE, start().later(TTL), TTL).unwrap();
}

fn concurrent_units_live_as_long_as_the_call(quota: &dyn Quota) {
    let mut id = ids(5);
    let mine = [contract("a", Limits::NONE.with(Window::Concurrent, 2))];
    let (hung_up, lost) = (id(), id());
    for hold in [hung_up, lost] {
        quota.reserve(hold, &mine, Claim::NONE, start(), TTL).unwrap();
        assert_eq!(quota.commit(hold), Settled::Done);
    }
    assert!(quota.reserve(id(), &mine, Claim::NONE, start(), TTL).is_err());
    assert_eq!(quota.end(hung_up), Settled::Done);
    assert_eq!(quota.end(hung_up), Settled::Already(State::Ended));
    assert_eq!(quota.used(&under_way(&mine[0])), 1);
    let half = start().later(TTL / 2);
    assert_eq!(quota.renew(lost, half, TTL), Settled::Done);
    assert_eq!(quota.sweep(start().later(TTL)), 0);
    assert_eq!(quota.sweep(half.later(TTL)), 1);
    assert_eq!(quota.end(lost), Settled::Already(State::Ended));
    assert_eq!(quota.used(&under_way(&mine[0])), 0);
    assert_eq!(quota.used(&day(&mine[0])), 2, "the day's units stay spent");
}

fn counters_are_raised_never_lowered(quota: &dyn Quota) {
    let mut id = ids(6);
    let mine = [contract("a", Limits::NONE.with(Window::Day, 20))];
    quota.raise(&day(&mine[0]), 19, 0);
    quota.raise(&day(&mine[0]), 7, 0);
    quota.raise(&under_way(&mine[0]), 7, 0);
    assert_eq!(quota.used(&under_way(&mine[0])), 0);
    quota.reserve(id(), &mine, Claim::NONE, start(), TTL).unwrap();
    assert!(
        quota.reserve(id(), &mine, Claim::NONE, start(), TTL).is_err(),
        "the 21st in the same second"
    );
}

/// Every racer's id stream is its own.
fn race(racer: impl Fn(u64) + Sync) {
    std::thread::scope(|scope| {
        for n in 0..RACERS {
            let racer = &racer;
            scope.spawn(move || racer(n));
        }
    });
}

fn the_last_unit_is_sold_once(quota: &dyn Quota) {
    let mine = [contract("a", Limits::NONE.with(Window::Total, RACERS * TRIES / 2))];
    let rest = [contract("b", Limits::NONE), buyer(Limits::NONE.with(Window::Day, 1))];
    let sold = AtomicU64::new(0);
    race(|n| {
        let mut id = ids(100 + n);
        for _ in 0..TRIES {
            let all = [mine[0].clone(), rest[0].clone(), rest[1].clone()];
            if quota.reserve(id(), &all, Claim::NONE, start(), TTL).is_ok() {
                sold.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(sold.into_inner(), 1);
    assert_eq!(quota.used(&day(&mine[0])), 1, "refused reservations took nothing");
}

fn racing_reservations_sell_exactly_the_cap(quota: &dyn Quota) {
    let limit = RACERS * TRIES - 1_500;
    let shared = buyer(Limits::NONE.with(Window::Day, limit));
    let sold = AtomicU64::new(0);
    race(|n| {
        let mut id = ids(200 + n);
        let mine = contract(&format!("c{n}"), Limits::NONE);
        for _ in 0..TRIES {
            let hold = id();
            match quota.reserve(hold, &[mine.clone(), shared.clone()], Claim::NONE, start(), TTL) {
                Ok(_) => {
                    assert_eq!(quota.commit(hold), Settled::Done);
                    sold.fetch_add(1, Ordering::Relaxed);
                }
                Err(refused) => assert!(matches!(refused, Refused::Full(_))),
            }
            assert!(quota.used(&day(&shared)) <= limit);
        }
    });
    assert_eq!(sold.into_inner(), limit, "no unit is refused that could be sold");
    assert_eq!(quota.used(&day(&shared)), limit);
}

fn racing_failures_leak_nothing(quota: &dyn Quota) {
    let shared = buyer(Limits::NONE.with(Window::Concurrent, 2));
    let committed = AtomicU64::new(0);
    race(|n| {
        let mut id = ids(300 + n);
        let mut rng = Rng::seeded(n);
        for _ in 0..TRIES {
            let hold = id();
            if quota
                .reserve(hold, std::slice::from_ref(&shared), Claim::NONE, start(), TTL)
                .is_err()
            {
                continue;
            }
            assert!(quota.used(&under_way(&shared)) <= 2);
            if rng.chance(1, 2) {
                assert_eq!(quota.release(hold), Settled::Done);
            } else {
                assert_eq!(quota.commit(hold), Settled::Done);
                committed.fetch_add(1, Ordering::Relaxed);
                assert_eq!(quota.end(hold), Settled::Done);
            }
        }
    });
    assert_eq!(quota.used(&under_way(&shared)), 0);
    assert_eq!(quota.used(&day(&shared)), committed.into_inner());
    assert_eq!(quota.live(), 0);
}

fn the_same_hold_raced_counts_once(quota: &dyn Quota) {
    let mine = [contract("a", Limits::NONE)];
    let settled = AtomicU64::new(0);
    race(|_| {
        let mut id = ids(400);
        for _ in 0..TRIES {
            let hold = id();
            let held = quota.reserve(hold, &mine, Claim::NONE, start(), TTL);
            assert!(matches!(held, Ok(_) | Err(Refused::Settled(State::Released))));
            if quota.release(hold) == Settled::Done {
                settled.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(settled.into_inner(), TRIES, "each hold was released by one racer");
    assert_eq!(quota.used(&day(&mine[0])), 0);
}
