//! Lost holds whose calls live: reserved again, above a cap if necessary.

use super::*;
use crate::base::DecisionId;
use crate::caps::Again;
use crate::caps::Full;
use crate::caps::Lost;
use crate::caps::Mark;
use crate::caps::Units;

const DOLLAR: i64 = 1_000_000;

pub(super) async fn all(make: impl Fn() -> Quota) {
    an_open_hold_is_renewed(&make()).await;
    an_expired_hold_takes_all_again_while_there_is_room(&make()).await;
    a_committed_hold_takes_its_concurrent_unit_again(&make()).await;
    a_cap_that_others_filled_is_overrun_and_named(&make()).await;
    an_unknown_hold_is_taken_anew(&make()).await;
    a_price_is_given_back_in_the_periods_of_its_reservation(&make()).await;
    a_person_who_was_sold_meanwhile_is_named(&make()).await;
}

fn lost(ceilings: &[Ceiling], units: Units) -> Lost<'_> {
    Lost { ceilings, claim: Claim::NONE, units, at: start().wall }
}

/// Returns the units of the day and the concurrent units.
fn used(quota: &Quota, ceiling: &Ceiling) -> (u64, u64) {
    (quota.view.used(&day(ceiling)), quota.view.used(&under_way(ceiling)))
}

async fn reserve(quota: &Quota, id: HoldId, ceilings: &[Ceiling], now: Now) {
    quota.holds.reserve(id, ceilings, Claim::NONE, now, TTL).await.unwrap();
}

async fn again(quota: &Quota, id: HoldId, lost: Lost<'_>, now: Now) -> Again {
    quota.holds.reserve_again(id, lost, now, TTL).await
}

async fn an_open_hold_is_renewed(quota: &Quota) {
    let mine = [contract("a", Limits::NONE)];
    let hold = ids(31)();
    reserve(quota, hold, &mine, start()).await;
    assert_eq!(again(quota, hold, lost(&mine, Units::All), at(30)).await, Again::Open);
    assert_eq!(used(quota, &mine[0]), (1, 1));
    assert_eq!(quota.holds.sweep(at(89)).await, 0);
    assert_eq!(quota.holds.sweep(at(90)).await, 1);
}

async fn an_expired_hold_takes_all_again_while_there_is_room(quota: &Quota) {
    let mine = [contract("a", Limits::NONE.with(Window::Day, 1)).priced(DOLLAR)];
    let hold = ids(32)();
    reserve(quota, hold, &mine, start()).await;
    assert_eq!(quota.holds.sweep(at(60)).await, 1);
    assert_eq!(used(quota, &mine[0]), (0, 0));
    assert_eq!(again(quota, hold, lost(&mine, Units::All), at(61)).await, Again::Within);
    assert_eq!(again(quota, hold, lost(&mine, Units::All), at(61)).await, Again::Open, "once");
    assert_eq!((used(quota, &mine[0]), quota.view.live()), ((1, 1), 1));
    assert_eq!(quota.view.spent(&day(&mine[0])), DOLLAR);
    let next = quota.holds.reserve(ids(33)(), &mine, Claim::NONE, at(62), TTL).await;
    assert!(next.is_err());
    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
    assert_eq!(quota.holds.settle(hold, Settle::End).await, Settled::Done);
    assert_eq!((used(quota, &mine[0]), quota.view.live()), ((1, 0), 0));
}

async fn a_committed_hold_takes_its_concurrent_unit_again(quota: &Quota) {
    let mine = [contract("a", Limits::NONE.with(Window::Concurrent, 1)).priced(DOLLAR)];
    let hold = ids(34)();
    reserve(quota, hold, &mine, start()).await;
    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
    assert_eq!(quota.holds.sweep(at(60)).await, 1);
    assert_eq!(used(quota, &mine[0]), (1, 0));
    assert_eq!(again(quota, hold, lost(&mine, Units::Concurrent), at(61)).await, Again::Within);
    assert_eq!(used(quota, &mine[0]), (1, 1), "the day's unit was spent all the time");
    assert_eq!(quota.view.spent(&day(&mine[0])), DOLLAR);
    assert_eq!(
        quota.holds.settle(hold, Settle::Commit).await,
        Settled::Already(HoldState::Committed)
    );
    assert_eq!(quota.holds.settle(hold, Settle::End).await, Settled::Done);
    assert_eq!(used(quota, &mine[0]), (1, 0));
}

async fn a_cap_that_others_filled_is_overrun_and_named(quota: &Quota) {
    let mut id = ids(35);
    for (window, units, committed) in [
        (Window::Day, Units::All, false),
        (Window::Concurrent, Units::All, false),
        (Window::Concurrent, Units::Concurrent, true),
    ] {
        let name = format!("{}-{committed}", window.name());
        let mine = [contract(&name, Limits::NONE.with(window, 1)), buyer(Limits::NONE)];
        let (late, other) = (id(), id());
        reserve(quota, late, &mine, start()).await;
        if committed {
            assert_eq!(quota.holds.settle(late, Settle::Commit).await, Settled::Done);
        }
        assert_eq!(quota.holds.sweep(at(60)).await, 1);
        reserve(quota, other, &mine, at(60)).await;
        let cap = Cap::Units { window, used: 1, limit: 1 };
        let full = Refused::Full(Full { level: mine[0].level.clone(), cap });
        assert_eq!(again(quota, late, lost(&mine, units), at(61)).await, Again::Over(full));
        assert_eq!(used(quota, &mine[0]), (2, 2), "still counted");
        for hold in [late, other] {
            let _committed = quota.holds.settle(hold, Settle::Commit).await;
            assert_eq!(quota.holds.settle(hold, Settle::End).await, Settled::Done);
        }
        assert_eq!((used(quota, &mine[0]), quota.view.live()), ((2, 0), 0));
    }
}

async fn an_unknown_hold_is_taken_anew(quota: &Quota) {
    let mine = [contract("a", Limits::NONE)];
    let hold = ids(36)();
    assert_eq!(again(quota, hold, lost(&mine, Units::All), start()).await, Again::Within);
    assert_eq!(quota.holds.settle(hold, Settle::Release).await, Settled::Done);
    assert_eq!(used(quota, &mine[0]), (0, 0));
}

async fn a_price_is_given_back_in_the_periods_of_its_reservation(quota: &Quota) {
    let mine = [buyer(Limits::NONE.with_balance(true)).priced(4 * DOLLAR)];
    let mut id = ids(37);
    quota.holds.credit(None, &mine[0].level, 10 * DOLLAR).await;
    let hold = id();
    reserve(quota, hold, &mine, start()).await;
    assert_eq!(quota.holds.settle(hold, Settle::Commit).await, Settled::Done);
    let tomorrow = at(86_400);
    assert_eq!(quota.holds.sweep(tomorrow).await, 1);
    reserve(quota, id(), &mine, tomorrow).await;
    assert_eq!(quota.view.spent(&day(&mine[0])), 4 * DOLLAR);
    assert_eq!(again(quota, hold, lost(&mine, Units::Concurrent), tomorrow).await, Again::Within);
    assert_eq!(quota.holds.settle(hold, Settle::Unbilled).await, Settled::Done);
    assert_eq!(quota.view.spent(&day(&mine[0])), 0, "yesterday's");
    assert_eq!(quota.view.balance(&mine[0].level), 6 * DOLLAR, "the other call's price is held");
}

async fn a_person_who_was_sold_meanwhile_is_named(quota: &Quota) {
    let offer = Level::Offer("auto".parse().unwrap());
    let marks = [Mark::new(&offer, &["+13055550123"], Duration::from_secs(3_600))];
    let mine = [contract("a", Limits::NONE)];
    let mut id = ids(38);
    let claim = |seed| {
        let by = Some(DecisionId::new(start(), &mut Rng::seeded(seed)));
        Claim { by, marks: &marks }
    };
    let (late, other) = (id(), id());
    quota.holds.reserve(late, &mine, claim(1), start(), TTL).await.unwrap();
    assert_eq!(quota.holds.sweep(at(60)).await, 1);
    quota.holds.reserve(other, &mine, claim(2), at(60), TTL).await.unwrap();
    assert_eq!(quota.holds.settle(other, Settle::Commit).await, Settled::Done);
    let lost = Lost { claim: claim(1), ..lost(&mine, Units::All) };
    let sold = Again::Over(Refused::Duplicate { at: at(60).wall });
    assert_eq!(again(quota, late, lost, at(61)).await, sold);
}
