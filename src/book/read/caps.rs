//! `caps = { hour, day, week, month, total, concurrent }`

use crate::base::toml::Later;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::book::CapLimits;

const KEYS: &[&str] = &["hour", "day", "week", "month", "total", "concurrent"];
const LATER: &[Later] =
    &[Later { key: "budget", remedy: "remove it; `price` and a count bound what is spent" }];

/// Largest cap: large enough for any, small enough for sums of them.
const CAP_MAX: u64 = 1_000_000_000_000;

/// The `caps` of a noun; no limit when it has none.
pub(super) fn read(noun: &Table<'_>, report: &mut Report<'_>) -> Option<CapLimits> {
    let Some(caps) = noun.value("caps") else {
        return Some(CapLimits::NONE);
    };
    let table = caps.table(report)?;
    table.check_keys(KEYS, LATER, report);
    let mut whole = true;
    let mut cap = |key: &str| {
        let limit = table.value(key)?.whole(0..=CAP_MAX, report);
        whole &= limit.is_some();
        limit
    };
    let limits = CapLimits {
        hour: cap("hour"),
        day: cap("day"),
        week: cap("week"),
        month: cap("month"),
        total: cap("total"),
        concurrent: cap("concurrent"),
    };
    whole.then_some(limits)
}
