//! What a statement is about: party, currency, and period.

use jiff::tz::TimeZone;

use super::Party;
use crate::base::Currency;
use crate::base::Wall;
use crate::base::month_start;
use crate::base::parse_instant;

/// The parameters of a request, as texts; `None` for the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Beginning: RFC 3339, a date, or a duration before now; the current local month by default.
    pub since: Option<&'a str>,
    /// End, exclusive; now by default.
    pub until: Option<&'a str>,
    /// IANA name of the time zone of dates; UTC by default.
    pub zone: Option<&'a str>,
    /// Currency of the account.
    pub currency: Option<&'a str>,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whose account.
    pub party: Party,
    /// The currency of the account. Postings in another one are in another statement.
    pub currency: Currency,
    /// First instant of the period.
    pub since: Wall,
    /// First instant after the period.
    pub until: Wall,
    /// Time zone in which dates of the request were read.
    pub zone: String,
}

impl Question {
    /// Reads a request at `now`. The account is in `currency` unless the request names another.
    ///
    /// # Errors
    /// A sentence for every fault.
    pub fn new(
        party: Party,
        wanted: Wanted<'_>,
        now: Wall,
        currency: Currency,
    ) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let zone = wanted.zone.unwrap_or("UTC");
        let local = TimeZone::get(zone).unwrap_or_else(|_| {
            faults.push(invalid("zone", zone, "a time zone, like America/New_York"));
            TimeZone::UTC
        });
        let currency = wanted.currency.map_or(currency, |text| {
            text.parse().unwrap_or_else(|_| {
                faults.push(invalid("currency", text, "an ISO 4217 code, like USD"));
                currency
            })
        });
        let mut instant = |name, text: Option<&str>, default: Wall| {
            let Some(text) = text else { return default };
            parse_instant(text, &local, now).unwrap_or_else(|| {
                let expected =
                    "a time in RFC 3339, a date like 2026-05-04, or how long ago, like 30d";
                faults.push(invalid(name, text, expected));
                default
            })
        };
        let since = instant("since", wanted.since, month_start(&local, now));
        let until = instant("until", wanted.until, now);
        if faults.is_empty() && since >= until {
            faults.push("`until` is not after `since`.".to_owned());
        }
        let question = Self { party, currency, since, until, zone: zone.to_owned() };
        if faults.is_empty() { Ok(question) } else { Err(faults) }
    }
}

fn invalid(name: &str, value: &str, expected: &str) -> String {
    let value: String = value.chars().take(80).collect();
    format!("Invalid value `{value}` for `{name}`: expected {expected}.")
}
