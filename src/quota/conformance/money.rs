//! Budgets, balances, pacing, rests and marks.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::base::Week;
use crate::book::AutoPause;
use crate::book::PauseCause;
use crate::book::Unanswered;

const DOLLAR: i64 = 1_000_000;

pub(super) async fn all(make: impl Fn() -> Quota) {
    a_budget_is_spent_to_the_last_cent(&make()).await;
    an_unbilled_call_gives_its_price_back(&make()).await;
    an_event_after_the_call_corrects_its_counters(&make()).await;
    a_balance_is_held_and_given_back(&make()).await;
    the_last_dollar_is_spent_once(&make()).await;
    racing_prices_never_overspend(&make()).await;
    a_balance_raced_ends_where_it_should(&make()).await;
    paced_units_come_due(&make()).await;
    a_contract_rests_without_answers(&make()).await;
    room_is_reported(&make()).await;
}

fn budget(window: Window, dollars: i64) -> Ceiling {
    buyer(Limits::NONE.with_budget(window, dollars * DOLLAR))
}

fn prepaid() -> Ceiling {
    buyer(Limits::NONE.with_balance(true))
}

async fn refusal(quota: &Quota, id: HoldId, ceilings: &[Ceiling], now: Now) -> Option<Cap> {
    match quota.holds.reserve(id, ceilings, Claim::NONE, now, TTL).await {
        Err(Refused::Full(full)) => Some(full.cap),
        Ok(_)
        | Err(
            Refused::Duplicate { .. }
            | Refused::Settled(_)
            | Refused::TooMany
            | Refused::Unavailable,
        ) => None,
    }
}

async fn a_budget_is_spent_to_the_last_cent(quota: &Quota) {
    let mut id = ids(11);
    let window = Window::Day;
    let (cheap, dear) =
        (budget(window, 100).priced(30 * DOLLAR), budget(window, 100).priced(41 * DOLLAR));
    let first = id();
    quota
        .holds
        .reserve(first, std::slice::from_ref(&cheap), Claim::NONE, start(), TTL)
        .await
        .unwrap();
    quota
        .holds
        .reserve(id(), std::slice::from_ref(&cheap), Claim::NONE, start(), TTL)
        .await
        .unwrap();
    let spent = 60 * DOLLAR;
    let expected = Cap::Budget { window, spent, limit: 100 * DOLLAR, price: 41 * DOLLAR };
    assert_eq!(refusal(quota, id(), std::slice::from_ref(&dear), start()).await, Some(expected));
    let exact = budget(window, 100).priced(40 * DOLLAR);
    quota
        .holds
        .reserve(id(), std::slice::from_ref(&exact), Claim::NONE, start(), TTL)
        .await
        .unwrap();
    assert_eq!(quota.view.spent(&day(&exact)), 100 * DOLLAR);
    assert_eq!(quota.holds.settle(first, Settle::Release).await, Settled::Done);
    assert_eq!(quota.view.spent(&day(&exact)), 70 * DOLLAR);
    // The next day, in the buyer's zone.
    let tomorrow = Now::at("2026-01-07T05:00:00Z".parse().unwrap());
    quota
        .holds
        .reserve(id(), std::slice::from_ref(&dear), Claim::NONE, tomorrow, TTL)
        .await
        .unwrap();
    quota.holds.raise(&day(&exact), 0, 90 * DOLLAR).await;
    assert_eq!(quota.view.spent(&day(&exact)), 90 * DOLLAR);
}

async fn an_unbilled_call_gives_its_price_back(quota: &Quota) {
    let mut id = ids(12);
    let mine = [budget(Window::Month, 10).priced(10 * DOLLAR)];
    for (late, billed) in [(0, false), (600, false), (0, true)] {
        let hold = id();
        quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.unwrap();
        assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
        // Another call has turned the windows hours later.
        let _ = refusal(quota, id(), &mine, start().later(Duration::from_secs(60 * late))).await;
        let settled = if billed {
            quota.holds.settle(hold, Settle::End).await
        } else {
            quota.holds.settle(hold, Settle::Unbilled).await
        };
        assert_eq!(settled, Settled::Done);
        assert_eq!(
            quota.holds.settle(hold, Settle::Unbilled).await,
            Settled::Already(HoldState::Ended)
        );
    }
    assert_eq!(quota.view.spent(&day(&mine[0])), 10 * DOLLAR);
    assert_eq!(quota.view.used(&day(&mine[0])), 3, "units stay spent");
    assert_eq!(quota.view.used(&under_way(&mine[0])), 0);
}

/// A report or a return after the call changes what was spent, and may free a unit.
async fn an_event_after_the_call_corrects_its_counters(quota: &Quota) {
    let mut id = ids(21);
    let mine = [budget(Window::Month, 100).priced(10 * DOLLAR)];
    for _ in 0..2 {
        let hold = id();
        quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.unwrap();
        assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
        assert_eq!(quota.holds.settle(hold, Settle::End).await, Settled::Done);
    }
    let key = day(&mine[0]);
    let keys = std::slice::from_ref(&key);
    let corrections = [
        (0, 5 * DOLLAR, 2, 25),
        (0, -5 * DOLLAR, 2, 20),
        (-1, -10 * DOLLAR, 1, 10),
        (-9, 0, 0, 10),
    ];
    for (posting, (units, micros, used, spent)) in (1..).zip(corrections) {
        quota.holds.correct(posting, keys, units, micros).await;
        assert_eq!((quota.view.used(&key), quota.view.spent(&key)), (used, spent * DOLLAR));
    }
    let concurrent = under_way(&mine[0]);
    quota.holds.correct(9, std::slice::from_ref(&concurrent), 5, 0).await;
    assert_eq!(quota.view.used(&concurrent), 0, "no call is up");
}

async fn a_balance_is_held_and_given_back(quota: &Quota) {
    let mut id = ids(13);
    let mine = [contract("a", Limits::NONE).priced(4 * DOLLAR), prepaid().priced(4 * DOLLAR)];
    let level = &mine[1].level;
    let empty = Cap::Balance { left: 0, price: 4 * DOLLAR };
    assert_eq!(refusal(quota, id(), &mine, start()).await, Some(empty));
    assert_eq!(quota.view.used(&day(&mine[0])), 0, "a refused hold took nothing");
    quota.holds.credit(None, level, 10 * DOLLAR).await;
    let (won, lost) = (id(), id());
    quota.holds.reserve(won, &mine, Claim::NONE, start(), TTL).await.unwrap();
    quota.holds.reserve(lost, &mine, Claim::NONE, start(), TTL).await.unwrap();
    assert_eq!(quota.view.balance(level), 2 * DOLLAR);
    let low = Cap::Balance { left: 2 * DOLLAR, price: 4 * DOLLAR };
    assert_eq!(refusal(quota, id(), &mine, start()).await, Some(low));
    assert_eq!(quota.holds.settle(won, Settle::Commit).await, Settled::Done);
    assert_eq!(quota.holds.settle(lost, Settle::Release).await, Settled::Done);
    assert_eq!(quota.holds.settle(won, Settle::End).await, Settled::Done);
    assert_eq!(quota.view.balance(level), 6 * DOLLAR);
    let abandoned = id();
    quota.holds.reserve(abandoned, &mine, Claim::NONE, start(), TTL).await.unwrap();
    assert_eq!(quota.holds.sweep(start().later(TTL)).await, 1);
    assert_eq!(quota.view.balance(level), 6 * DOLLAR);
    quota.holds.credit(None, level, -7 * DOLLAR).await;
    assert_eq!(quota.view.balance(level), -DOLLAR);
}

async fn the_last_dollar_is_spent_once(quota: &Quota) {
    let mine = [contract("a", Limits::NONE).priced(DOLLAR), prepaid().priced(DOLLAR)];
    quota.holds.credit(None, &mine[1].level, DOLLAR).await;
    let sold = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(500 + n);
        for _ in 0..TRIES {
            if quota.holds.reserve(id(), &mine, Claim::NONE, start(), TTL).await.is_ok() {
                sold.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!((sold.into_inner(), quota.view.balance(&mine[1].level)), (1, 0));
}

async fn racing_prices_never_overspend(quota: &Quota) {
    let limit = 1_999 * DOLLAR;
    let shared =
        |price: i64| buyer(Limits::NONE.with_budget(Window::Day, limit)).priced(price * DOLLAR);
    let sold = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(600 + n);
        let price = 1 + i64::try_from(n).unwrap();
        let mine = [contract(&format!("c{n}"), Limits::NONE).priced(price * DOLLAR), shared(price)];
        for _ in 0..TRIES {
            if quota.holds.reserve(id(), &mine, Claim::NONE, start(), TTL).await.is_ok() {
                sold.fetch_add(1 + n, Ordering::Relaxed);
            }
            assert!(quota.view.spent(&day(&mine[1])) <= limit);
        }
    });
    let sold = i64::try_from(sold.into_inner()).unwrap() * DOLLAR;
    assert_eq!(quota.view.spent(&day(&shared(1))), sold);
    assert_eq!(sold, limit, "the cheapest fits to the last dollar");
}

async fn a_balance_raced_ends_where_it_should(quota: &Quota) {
    let mine = [prepaid().priced(3 * DOLLAR)];
    let level = &mine[0].level;
    quota.holds.credit(None, level, 7 * DOLLAR).await;
    let billed = AtomicU64::new(0);
    race(async |n| {
        let mut id = ids(700 + n);
        let mut rng = Rng::seeded(n);
        for turn in 0..TRIES {
            if turn % 100 == 0 {
                quota.holds.credit(None, level, DOLLAR).await;
            }
            let hold = id();
            if quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.is_err() {
                continue;
            }
            assert!(quota.view.balance(level) >= 0);
            let settled = match rng.below(3) {
                0 => quota.holds.settle(hold, Settle::Release).await,
                1 => {
                    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
                    quota.holds.settle(hold, Settle::Unbilled).await
                }
                _ => {
                    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
                    billed.fetch_add(1, Ordering::Relaxed);
                    quota.holds.settle(hold, Settle::End).await
                }
            };
            assert_eq!(settled, Settled::Done);
        }
    });
    let credited = 7 + i64::try_from(RACERS * TRIES / 100).unwrap();
    let billed = i64::try_from(billed.into_inner()).unwrap();
    assert_eq!(quota.view.balance(level), (credited - 3 * billed) * DOLLAR);
    assert_eq!(quota.view.live(), 0);
}

async fn paced_units_come_due(quota: &Quota) {
    let mut id = ids(14);
    let mut mine = contract("a", Limits::NONE.with(Window::Day, 24));
    mine.pace = Some(Arc::new(Week::always()));
    let mine = [mine];
    // 15:00 UTC is 10:00 in New York: the eleventh unit is due within the first minute.
    for _ in 0..11 {
        quota.holds.reserve(id(), &mine, Claim::NONE, start(), TTL).await.unwrap();
    }
    let early = Cap::Pace { used: 11, due: 11 };
    assert_eq!(refusal(quota, id(), &mine, start()).await, Some(early));
    let hour = start().later(Duration::from_secs(3_600));
    quota.holds.reserve(id(), &mine, Claim::NONE, hour, TTL).await.unwrap();
    assert!(refusal(quota, id(), &mine, hour).await.is_some());
}

async fn a_contract_rests_without_answers(quota: &Quota) {
    let mut id = ids(15);
    let (window, pause) = (Duration::from_secs(3_600), Duration::from_secs(1_800));
    let mut mine = contract("a", Limits::NONE);
    let unanswered = Some(Unanswered { calls: 3, window, pause });
    mine.rest = Some(AutoPause { unanswered, returns: None });
    let at = start().wall;
    for _ in 0..2 {
        quota.rotation.unanswered(&mine, at).await;
    }
    quota.rotation.answered(&mine).await;
    for _ in 0..2 {
        quota.rotation.unanswered(&mine, at).await;
    }
    let mine = [mine];
    assert_eq!(refusal(quota, id(), &mine, start()).await, None);
    quota.rotation.unanswered(&mine[0], at).await;
    let rest = Cap::Rest { until: at + pause, because: PauseCause::Unanswered };
    assert_eq!(refusal(quota, id(), &mine, start()).await, Some(rest));
    let periods = Periods::at(&mine[0].zone, at);
    assert_eq!(quota.view.full(&mine[0], &periods).map(|full| full.cap), Some(rest));
    quota.holds.reserve(id(), &mine, Claim::NONE, start().later(pause), TTL).await.unwrap();
}

/// A reservation reports the caps that it fills.
async fn room_is_reported(quota: &Quota) {
    let mut id = ids(16);
    let both = [
        contract("a", Limits::NONE.with(Window::Day, 2)),
        budget(Window::Day, 25).priced(10 * DOLLAR),
    ];
    let mut full = Vec::new();
    for _ in 0..2 {
        let room = quota.holds.reserve(id(), &both, Claim::NONE, start(), TTL).await.unwrap();
        full.push([room.is_used_up(0), room.is_used_up(1)]);
    }
    assert_eq!(full, [[false, false], [true, true]]);
}
