//! The view of a node includes the answers that it received at once.

use super::*;
use crate::caps::Full;
use crate::caps::Mark;

const DOLLAR: i64 = 1_000_000;

pub(super) async fn all(make: impl Fn() -> Quota) {
    nothing_is_used_at_first(&make());
    answered_operations_are_seen(&make()).await;
    a_full_cap_is_seen_until_it_has_room(&make()).await;
    a_person_is_seen_while_they_are_sold_and_after(&make()).await;
}

fn nothing_is_used_at_first(quota: &Quota) {
    let mine = contract("a", Limits::NONE.with(Window::Day, 1));
    let closed = contract("b", Limits::NONE.with(Window::Day, 0));
    let periods = Periods::at(&mine.zone, start().wall);
    assert_eq!((quota.view.used(&day(&mine)), quota.view.spent(&day(&mine))), (0, 0));
    assert_eq!((quota.view.balance(&mine.level), quota.view.live()), (0, 0));
    assert_eq!(quota.view.full(&mine, &periods), None);
    assert!(quota.view.full(&closed, &periods).is_some());
}

async fn answered_operations_are_seen(quota: &Quota) {
    let mine = [buyer(Limits::NONE.with_balance(true)).priced(4 * DOLLAR)];
    let seen = || {
        let view = &quota.view;
        let units = (view.used(&day(&mine[0])), view.used(&under_way(&mine[0])), view.live());
        (units, view.spent(&day(&mine[0])) / DOLLAR, view.balance(&mine[0].level) / DOLLAR)
    };
    quota.holds.credit(None, &mine[0].level, 10 * DOLLAR).await;
    assert_eq!(seen(), ((0, 0, 0), 0, 10));
    let hold = ids(41)();
    quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.unwrap();
    assert_eq!(seen(), ((1, 1, 1), 4, 6));
    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
    assert_eq!(seen(), ((1, 1, 1), 4, 6));
    assert_eq!(quota.holds.settle(hold, Settle::Unbilled).await, Settled::Done);
    assert_eq!(seen(), ((1, 0, 0), 0, 10));
    quota.holds.raise(&day(&mine[0]), 7, 3 * DOLLAR).await;
    assert_eq!(seen(), ((7, 0, 0), 3, 10));
}

async fn a_full_cap_is_seen_until_it_has_room(quota: &Quota) {
    let mine = [contract("a", Limits::NONE.with(Window::Concurrent, 1))];
    let periods = Periods::at(&mine[0].zone, start().wall);
    let hold = ids(42)();
    quota.holds.reserve(hold, &mine, Claim::NONE, start(), TTL).await.unwrap();
    let cap = Cap::Units { window: Window::Concurrent, used: 1, limit: 1 };
    let full = Full { level: mine[0].level.clone(), cap };
    assert_eq!(quota.view.full(&mine[0], &periods), Some(full));
    assert_eq!(quota.holds.sweep(at(60)).await, 1);
    assert_eq!(quota.view.full(&mine[0], &periods), None);
}

async fn a_person_is_seen_while_they_are_sold_and_after(quota: &Quota) {
    let offer = Level::Offer("auto".parse().unwrap());
    let mark = |who: &str| Mark::new(&offer, &[who], Duration::from_secs(3_600));
    let (held, sold) = (mark("held"), mark("sold"));
    let claim = Claim { by: None, marks: &[held] };
    let hold = ids(43)();
    quota.holds.reserve(hold, &[], claim, start(), TTL).await.unwrap();
    assert_eq!(quota.view.sold(held, at(1).wall), Some(start().wall));
    assert_eq!(quota.holds.settle(hold, Settle::Release).await, Settled::Done);
    assert_eq!(quota.view.sold(held, at(1).wall), None);
    quota.holds.remember(sold, start().wall).await;
    assert_eq!(quota.view.sold(sold, at(3_599).wall), Some(start().wall));
    assert_eq!(quota.view.sold(sold, at(3_600).wall), None);
}
