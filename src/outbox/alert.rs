//! Alerts: events that are about no single call.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::OutboxId;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::book::EventKind;
use crate::book::PauseCause;
use crate::caps::Cap;
use crate::caps::CapKey;
use crate::caps::Full;
use crate::caps::Level;

use super::Event;
use super::Subject;

/// Parts of a cap that are reported, in percent, from the highest.
const PARTS: [u8; 3] = [100, 90, 75];
/// A balance that is low is reported once in this time.
const BALANCE_EVERY: Duration = Duration::from_secs(3_600);

/// Returns the event of the sale that raised a counter to `used` units of its limit; `None` if that
/// reaches none of the parts that are reported.
pub fn cap_reached(key: &CapKey, used: u64, limit: u64, at: Wall) -> Option<Event> {
    let reaches =
        |used: u64, part: u8| u128::from(used) * 100 >= u128::from(limit) * u128::from(part);
    let crossed = |part: &u8| reaches(used, *part) && !reaches(used.saturating_sub(1), *part);
    let percent = PARTS.into_iter().find(crossed).filter(|_| limit > 0)?;
    let cap = Cap::Units { window: key.period.window(), used, limit };
    let subject = Subject::Cap { level: key.level.clone(), cap, percent };
    Some(Event::new(subject, &format!("{} {} {percent}", key.level, key.period), at))
}

/// Returns the alert of a cap that refuses calls: a balance that pays for none. Other caps are
/// reported by [`cap_reached`], and rests by [`paused`].
pub fn refusal(full: &Full, currency: Currency, at: Wall) -> Option<Event> {
    match (&full.level, full.cap) {
        (Level::Buyer(buyer), Cap::Balance { left, price }) => {
            let amount = |micros| Money::from_micros(micros, currency);
            let (left, price) = (amount(left), amount(price));
            let id = hourly(buyer, at);
            Some(Event { id, at, subject: Subject::Balance { buyer: buyer.clone(), left, price } })
        }
        (
            Level::Contract(_) | Level::Buyer(_) | Level::Offer(_),
            Cap::Units { .. }
            | Cap::Pace { .. }
            | Cap::Budget { .. }
            | Cap::Balance { .. }
            | Cap::Rest { .. },
        ) => None,
    }
}

/// A charge of a prepaid balance.
#[derive(Debug, Clone, Copy)]
pub struct Charge<'a> {
    /// The buyer.
    pub buyer: &'a BuyerId,
    /// The sale, which tells charges apart.
    pub sale: AttemptId,
    /// Balance after it.
    pub left: Money,
    /// Its amount; above 0.
    pub amount: Money,
    /// Price of a call.
    pub price: Money,
    /// Amount below which the buyer wants to know.
    pub low: Option<Money>,
    /// Its time.
    pub at: Wall,
}

/// Returns the event of a charge that takes a balance below the buyer's threshold, or below the
/// price of a call, which then shares the hour's event with the calls that are refused.
pub fn balance_low(charge: Charge<'_>) -> Option<Event> {
    let Charge { buyer, sale, left, amount, price, low, at } = charge;
    let low = low.filter(|low| low.micros() > price.micros());
    let below = low.unwrap_or(price);
    let before = left.micros().saturating_add(amount.micros());
    if before < below.micros() || left.micros() >= below.micros() {
        return None;
    }
    let id = match low {
        Some(_) => OutboxId::of(at, EventKind::BalanceLow.name(), &sale.to_string()),
        None => hourly(buyer, at),
    };
    let subject = Subject::Balance { buyer: buyer.clone(), left, price: below };
    Some(Event { id, at, subject })
}

/// Returns the id that all reports of an hour share which say that a balance pays for no call.
fn hourly(buyer: &BuyerId, at: Wall) -> OutboxId {
    OutboxId::of(at.floor(BALANCE_EVERY), EventKind::BalanceLow.name(), buyer.as_str())
}

/// Returns the event of a pause that begins; its number tells pauses of the contract apart.
pub fn paused(
    (number, contract): (u64, &ContractId),
    because: PauseCause,
    since: Wall,
    until: Wall,
) -> Event {
    let subject = Subject::Paused { contract: contract.clone(), because, until: Some(until) };
    Event::new(subject, &format!("{contract} {number}"), since)
}

/// Returns the event of a trunk whose gateways no longer answer.
pub fn trunk_down(trunk: &TrunkId, at: Wall) -> Event {
    Event::new(Subject::TrunkDown { trunk: trunk.clone() }, trunk.as_str(), at)
}

/// Returns the event of a trunk that takes calls again.
pub fn trunk_up(trunk: &TrunkId, at: Wall) -> Event {
    Event::new(Subject::TrunkUp { trunk: trunk.clone() }, trunk.as_str(), at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Now;
    use crate::base::Rng;

    #[test]
    fn each_part_of_a_cap_is_reported_by_the_sale_that_reaches_it() {
        let key = CapKey {
            level: Level::Contract("acme-auto".parse().unwrap()),
            period: serde_json::from_str("\"2026-05-04\"").unwrap(),
        };
        for (limit, expected) in [
            (0, vec![]),
            (1, vec![(1, 100)]),
            (2, vec![(2, 100)]),
            (4, vec![(3, 75), (4, 100)]),
            (10, vec![(8, 75), (9, 90), (10, 100)]),
            (100, vec![(75, 75), (90, 90), (100, 100)]),
        ] {
            let percent = |used| {
                let event = cap_reached(&key, used, limit, Wall::default())?;
                let Subject::Cap { percent, .. } = event.subject else { panic!("{event:?}") };
                Some((used, percent))
            };
            let found: Vec<_> = (1..=limit + 5).filter_map(percent).collect();
            assert_eq!(found, expected, "{limit}");
        }
        let ids = [9, 10].map(|used| cap_reached(&key, used, 10, Wall::default()).unwrap().id);
        assert_ne!(ids[0], ids[1]);
    }

    #[test]
    fn a_balance_is_reported_once_an_hour() {
        let at = |seconds: i64| Wall::from_micros(1_763_632_800_000_000 + seconds * 1_000_000);
        let event = |level, cap, seconds| refusal(&Full { level, cap }, Currency::USD, at(seconds));
        let buyer = Level::Buyer("acme".parse().unwrap());
        let low =
            |seconds| event(buyer.clone(), Cap::Balance { left: 1, price: 2 }, seconds).unwrap().id;
        assert_eq!(low(0), low(3_599));
        assert_ne!(low(0), low(3_600));
        let contract = Level::Contract("acme-auto".parse().unwrap());
        assert_eq!(event(contract, Cap::Pace { used: 1, due: 1 }, 0), None);
    }

    #[test]
    fn the_charge_that_takes_a_balance_below_its_threshold_is_reported() {
        let usd = |cents: i64| Money::from_micros(cents * 10_000, Currency::USD);
        let buyer = "acme".parse().unwrap();
        let at = Wall::from_micros(1_763_632_800_000_000);
        let event = |low: Option<i64>, left: i64, amount: i64| {
            let (left, amount, price) = (usd(left), usd(amount), usd(4_500));
            let (sale, low) = (AttemptId::new(Now::at(at), &mut Rng::seeded(1)), low.map(usd));
            balance_low(Charge { buyer: &buyer, sale, left, amount, price, low, at })
        };
        for (low, left, amount, below) in [
            (Some(10_000), 9_999, 4_500, Some(10_000)),
            (Some(10_000), 10_000, 4_500, None),
            (Some(10_000), 5_499, 4_500, None),
            (Some(10_000), 5_500, 4_500, Some(10_000)),
            (Some(1_000), 4_499, 4_500, Some(4_500)),
            (None, 4_499, 4_500, Some(4_500)),
            (None, 4_500, 4_500, None),
            (None, -100, 4_500, None),
            (Some(10_000), i64::MIN / 10_000, 4_500, None),
        ] {
            let found = event(low, left, amount).map(|event| {
                let Subject::Balance { price, .. } = event.subject else { panic!("{event:?}") };
                price
            });
            assert_eq!(found, below.map(usd), "{low:?} {left}");
        }
        let cap = Cap::Balance { left: 1, price: 2 };
        let full = Full { level: Level::Buyer(buyer.clone()), cap };
        let refused = refusal(&full, Currency::USD, at + Duration::from_secs(60)).unwrap();
        assert_eq!(event(None, 4_499, 4_500).unwrap().id, refused.id, "once in the hour");
        assert_ne!(event(Some(10_000), 9_999, 4_500).unwrap().id, refused.id);
    }

    #[test]
    fn every_pause_is_reported_once() {
        let at = |seconds: i64| Wall::from_micros(1_763_632_800_000_000 + seconds * 1_000_000);
        let contract = "acme-auto".parse().unwrap();
        let pause =
            |number, since| paused((number, &contract), PauseCause::Returns, at(since), at(9_000));
        assert_eq!(pause(1, 0), pause(1, 0));
        assert_ne!(pause(1, 0).id, pause(2, 0).id);
        assert_ne!(pause(1, 0).id, pause(1, 901).id);
        assert_eq!(pause(1, 0).kind(), EventKind::ContractPaused);
    }
}
