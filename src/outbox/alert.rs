//! Alerts: events that are about no single call.

use std::time::Duration;

use crate::base::Currency;
use crate::base::Money;
use crate::base::OutboxId;
use crate::base::Wall;
use crate::book::EventKind;
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

/// Returns the alert of a cap that refuses calls: a balance that pays for none, or a contract that
/// rests. Other caps are reported by [`cap_reached`].
pub fn refusal(full: &Full, currency: Currency, at: Wall) -> Option<Event> {
    match (&full.level, full.cap) {
        (Level::Buyer(buyer), Cap::Balance { left, price }) => {
            let amount = |micros| Money::from_micros(micros, currency);
            let (left, price) = (amount(left), amount(price));
            let id =
                OutboxId::of(at.floor(BALANCE_EVERY), EventKind::BalanceLow.name(), buyer.as_str());
            Some(Event { id, at, subject: Subject::Balance { buyer: buyer.clone(), left, price } })
        }
        (Level::Contract(contract), Cap::Rest { until }) => {
            let id = OutboxId::of(until, EventKind::ContractPaused.name(), contract.as_str());
            let (contract, until) = (contract.clone(), Some(until));
            Some(Event { id, at, subject: Subject::Paused { contract, until } })
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_balance_is_reported_once_an_hour_and_a_rest_once() {
        let at = |seconds: i64| Wall::from_micros(1_763_632_800_000_000 + seconds * 1_000_000);
        let event = |level, cap, seconds| refusal(&Full { level, cap }, Currency::USD, at(seconds));
        let buyer = Level::Buyer("acme".parse().unwrap());
        let low =
            |seconds| event(buyer.clone(), Cap::Balance { left: 1, price: 2 }, seconds).unwrap().id;
        assert_eq!(low(0), low(3_599));
        assert_ne!(low(0), low(3_600));
        let contract = Level::Contract("acme-auto".parse().unwrap());
        let rest = |until, seconds| {
            event(contract.clone(), Cap::Rest { until: at(until) }, seconds).unwrap().id
        };
        assert_eq!(rest(900, 0), rest(900, 60));
        assert_ne!(rest(900, 0), rest(901, 0));
        assert_eq!(event(contract, Cap::Pace { used: 1, due: 1 }, 0), None);
    }
}
