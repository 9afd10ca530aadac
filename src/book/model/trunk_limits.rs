//! Limits on what is dialed through a trunk on one day.

use std::time::Duration;

use crate::base::DialPrefix;
use crate::base::Money;
use crate::base::Phone;

use super::Trunk;

/// Limits of one day, in the trunk's time zone. What is reached refuses further calls of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayLimits {
    /// Most calls that are dialed.
    pub calls: Option<u64>,
    /// Connected minutes from which no call is dialed.
    pub minutes: Option<u64>,
    /// Cost from which no call is dialed, by the rates.
    pub cost: Option<Money>,
}

/// What applies to the numbers with a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkPrefix {
    /// The prefix, with `+`.
    pub prefix: DialPrefix,
    /// Cost of a connected minute; `None`: the rate of a shorter prefix, or the trunk's.
    pub rate: Option<Money>,
    /// Limits on all numbers with the prefix together.
    pub day: DayLimits,
}

impl DayLimits {
    /// No limits.
    pub const NONE: DayLimits = DayLimits { calls: None, minutes: None, cost: None };
}

impl Trunk {
    /// Returns whether anything is limited, and so counted.
    pub fn is_limited(&self) -> bool {
        self.limits().any(|(_, day)| *day != DayLimits::NONE)
    }

    /// Returns the limits: of the trunk, and of each prefix.
    pub fn limits(&self) -> impl Iterator<Item = (Option<&DialPrefix>, &DayLimits)> {
        let own = self.prefixes.iter().map(|own| (Some(&own.prefix), &own.day));
        std::iter::once((None, &self.day)).chain(own)
    }

    /// Returns the cost of a connected time to a number, in micros, rounded up: by the rate of its
    /// longest prefix that has one, else of the trunk; 0 without a rate.
    pub fn cost(&self, number: &Phone, talk: Duration) -> i64 {
        let own = self.prefixes.iter().filter(|own| own.prefix.covers(number.e164()));
        let own = own.filter_map(|own| Some((own.prefix.as_str().len(), own.rate?)));
        let longest = own.max_by_key(|(length, _)| *length).map(|(_, rate)| rate);
        let rate = longest.or(self.rate).map_or(0, Money::micros);
        // A rate is never below 0.
        let rate = u128::from(rate.unsigned_abs());
        let micros = (rate * talk.as_millis()).div_ceil(60_000);
        i64::try_from(micros).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_with_a_rate_decides() {
        let text = "[[trunk]]\nid = \"t\"\noutbound = \"sip:a\"\n\
            rate = { amount = \"0.01\", currency = \"USD\" }\n\
            prefixes = [{ prefix = \"+44\", rate = { amount = \"0.02\", currency = \"USD\" } },\n\
            { prefix = \"+447\", rate = { amount = \"0.3\", currency = \"USD\" } },\n\
            { prefix = \"+4479\", day = { calls = 1 } }]";
        let book = crate::book::parse("b", text).0.unwrap();
        for (number, seconds, micros) in [
            ("+13055550123", 60, 10_000),
            ("+13055550123", 1, 167),
            ("+442079460018", 90, 30_000),
            ("+447700900123", 60, 300_000),
            ("+447911123456", 60, 300_000),
            ("+447911123456", 0, 0),
        ] {
            let cost = book.trunks[0].cost(&number.parse().unwrap(), Duration::from_secs(seconds));
            assert_eq!(cost, micros, "{number} {seconds}");
        }
    }
}
