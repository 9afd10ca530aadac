//! Persons: sold once within a window, whoever asks at the same time.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::*;
use crate::base::DecisionId;
use crate::base::Wall;
use crate::caps::Mark;

const WINDOW: Duration = Duration::from_secs(3_600);

pub(super) fn all<Q: Quota>(make: impl Fn() -> Q) {
    a_sale_is_remembered(&make());
    a_person_is_held_until_the_hold_ends(&make());
    one_decision_may_sell_a_person_side_by_side(&make());
    an_abandoned_hold_lets_its_person_go(&make());
    a_person_raced_is_sold_once(&make());
    racing_persons_are_sold_once_each(&make());
}

fn mark(person: &str) -> Mark {
    Mark::new(&Level::Offer("auto".parse().unwrap()), &[person], WINDOW)
}

fn at(seconds: u64) -> Now {
    start().later(Duration::from_secs(seconds))
}

fn decision(seed: u64) -> Option<DecisionId> {
    Some(DecisionId::new(start(), &mut Rng::seeded(seed)))
}

fn reserve(
    quota: &dyn Quota,
    id: HoldId,
    by: Option<DecisionId>,
    marks: &[Mark],
    now: Now,
) -> Result<(), Option<Wall>> {
    let mine = [contract("a", Limits::NONE)];
    match quota.reserve(id, &mine, Claim { by, marks }, now, TTL) {
        Ok(_) => Ok(()),
        Err(Refused::Duplicate { at }) => Err(Some(at)),
        Err(Refused::Full(_) | Refused::Settled(_) | Refused::TooMany) => Err(None),
    }
}

fn a_sale_is_remembered(quota: &dyn Quota) {
    assert_eq!(quota.sold(mark("a"), at(0).wall), None);
    quota.remember(mark("a"), at(0).wall);
    assert_eq!(quota.sold(mark("a"), at(3_599).wall), Some(at(0).wall));
    assert_eq!(quota.sold(mark("a"), at(3_600).wall), None);
    assert_eq!(quota.sold(mark("b"), at(1).wall), None);
    let mut id = ids(21);
    assert_eq!(reserve(quota, id(), None, &[mark("a")], at(3_599)), Err(Some(at(0).wall)));
    assert_eq!(quota.live(), 0, "a refused hold took nothing");
    assert_eq!(reserve(quota, id(), None, &[mark("a")], at(3_600)), Ok(()));
}

fn a_person_is_held_until_the_hold_ends(quota: &dyn Quota) {
    let mut id = ids(22);
    let (lost, won) = (id(), id());
    assert_eq!(reserve(quota, lost, decision(1), &[mark("a")], at(0)), Ok(()));
    assert_eq!(quota.sold(mark("a"), at(1).wall), Some(at(0).wall));
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(1)), Err(Some(at(0).wall)));
    assert_eq!(reserve(quota, id(), decision(2), &[mark("b")], at(1)), Ok(()));
    assert_eq!(quota.release(lost), Settled::Done);
    assert_eq!(quota.sold(mark("a"), at(1).wall), None, "nobody bought it");
    assert_eq!(reserve(quota, won, decision(2), &[mark("a")], at(2)), Ok(()));
    assert_eq!(quota.commit(won), Settled::Done);
    assert_eq!(quota.end_unbilled(won), Settled::Done);
    assert_eq!(reserve(quota, id(), decision(3), &[mark("a")], at(9)), Err(Some(at(2).wall)));
    assert_eq!(reserve(quota, id(), decision(3), &[mark("a")], at(3_602)), Ok(()));
}

fn one_decision_may_sell_a_person_side_by_side(quota: &dyn Quota) {
    let mut id = ids(23);
    let (one, two) = (id(), id());
    for hold in [one, two] {
        assert_eq!(reserve(quota, hold, decision(1), &[mark("a")], at(0)), Ok(()));
    }
    assert_eq!(quota.release(one), Settled::Done);
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(1)), Err(Some(at(0).wall)));
    assert_eq!(quota.commit(two), Settled::Done);
    assert_eq!(quota.end(two), Settled::Done);
    assert_eq!(reserve(quota, id(), decision(1), &[mark("a")], at(5)), Ok(()), "a shared lead");
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(5)), Err(Some(at(0).wall)));
}

fn an_abandoned_hold_lets_its_person_go(quota: &dyn Quota) {
    let mut id = ids(24);
    assert_eq!(reserve(quota, id(), decision(1), &[mark("a")], at(0)), Ok(()));
    assert_eq!(quota.sweep(at(0).later(TTL)), 1);
    assert_eq!(reserve(quota, id(), decision(2), &[mark("a")], at(61)), Ok(()));
}

fn a_person_raced_is_sold_once(quota: &dyn Quota) {
    let sold = AtomicU64::new(0);
    race(|n| {
        let mut id = ids(800 + n);
        for turn in 0..TRIES {
            let hold = id();
            let by = decision(n * TRIES + turn);
            if reserve(quota, hold, by, &[mark("a")], start()).is_ok() {
                // Some come to nothing: the next may try.
                if turn % 3 == 0 {
                    assert_eq!(quota.commit(hold), Settled::Done);
                    assert_eq!(quota.end(hold), Settled::Done);
                    sold.fetch_add(1, Ordering::Relaxed);
                } else {
                    assert_eq!(quota.release(hold), Settled::Done);
                }
            }
        }
    });
    assert_eq!(sold.into_inner(), 1);
    assert_eq!(quota.used(&day(&contract("a", Limits::NONE))), 1);
    assert_eq!(quota.live(), 0);
}

fn racing_persons_are_sold_once_each(quota: &dyn Quota) {
    const PERSONS: u64 = 500;
    let sold = AtomicU64::new(0);
    race(|n| {
        let mut id = ids(900 + n);
        for turn in 0..TRIES {
            let hold = id();
            // Every racer meets everybody, in an order of its own.
            let person = mark(&((turn * (2 * n + 1)) % PERSONS).to_string());
            if reserve(quota, hold, decision(n * TRIES + turn), &[person], start()).is_ok() {
                assert_eq!(quota.commit(hold), Settled::Done);
                sold.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(sold.into_inner(), PERSONS);
}
