//! Reads `day`, `rate`, `prefixes`, `calls_at_once`, and `calls_per_second` of a trunk.

use std::collections::BTreeSet;

use crate::base::DialPrefix;
use crate::base::Money;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::DayLimits;
use crate::book::TrunkPrefix;

use super::context::Context;
use super::money;

const DAY_KEYS: &[&str] = &["calls", "minutes", "cost"];
const PREFIX_KEYS: &[&str] = &["prefix", "rate", "day"];
/// Largest number of calls or minutes.
const COUNT_MAX: u64 = 1_000_000_000_000;
/// Largest `calls_at_once`.
const AT_ONCE_MAX: u64 = 100_000;
/// Largest `calls_per_second`.
const PER_SECOND_MAX: u64 = 10_000;
/// Most prefixes of a trunk with rates or limits: each dial looks at all of them.
const PREFIXES_MAX: usize = 256;

/// The limits and rates of a trunk.
pub(super) struct Limits {
    pub(super) rate: Option<Money>,
    pub(super) day: DayLimits,
    pub(super) prefixes: Vec<TrunkPrefix>,
    pub(super) calls_at_once: Option<u32>,
    pub(super) calls_per_second: Option<u32>,
}

/// Reads the limits and rates of a trunk.
pub(super) fn read(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Limits> {
    let own = rate(table, cx);
    let has_rate = !matches!(own, Some(None));
    let day = day(table, has_rate, cx);
    let prefixes = match table.value("prefixes") {
        Some(list) => prefixes(&list, has_rate, cx),
        None => Some(Vec::new()),
    };
    let at_once = most(table, "calls_at_once", AT_ONCE_MAX, cx);
    let per_second = most(table, "calls_per_second", PER_SECOND_MAX, cx);
    Some(Limits {
        rate: own?,
        day: day?,
        prefixes: prefixes?,
        calls_at_once: at_once?,
        calls_per_second: per_second?,
    })
}

/// Reads the most calls of a kind. The outer `None` is a fault.
fn most(table: &Table<'_>, key: &str, bound: u64, cx: &mut Context<'_, '_>) -> Option<Option<u32>> {
    let Some(value) = table.value(key) else { return Some(None) };
    let read = value.whole(1..=bound, &mut cx.report)?;
    u32::try_from(read).ok().map(Some)
}

fn rate(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Option<Money>> {
    table.value("rate").map_or(Some(None), |rate| money::read(&rate, cx).map(Some))
}

/// Reads `day`. A cost needs a rate, or nothing would ever cost anything.
fn day(table: &Table<'_>, has_rate: bool, cx: &mut Context<'_, '_>) -> Option<DayLimits> {
    let Some(value) = table.value("day") else { return Some(DayLimits::NONE) };
    let day = value.table(&mut cx.report)?.named("`day`".to_owned());
    day.check_keys(DAY_KEYS, &[], &mut cx.report);
    let mut count = |key: &str| match day.value(key) {
        Some(count) => count.whole(0..=COUNT_MAX, &mut cx.report).map(Some),
        None => Some(None),
    };
    let (calls, minutes) = (count("calls"), count("minutes"));
    let cost = match day.value("cost") {
        Some(cost) if has_rate => money::read(&cost, cx).map(Some),
        Some(cost) => {
            let hint =
                "add the `rate` of a minute, such as { amount = \"0.01\", currency = \"USD\" }";
            cx.report.error(cost.at(), "a limit on cost without a rate limits nothing", hint);
            None
        }
        None => Some(None),
    };
    Some(DayLimits { calls: calls?, minutes: minutes?, cost: cost? })
}

/// Reads `prefixes`; each is listed once.
fn prefixes(
    list: &Value<'_>,
    has_rate: bool,
    cx: &mut Context<'_, '_>,
) -> Option<Vec<TrunkPrefix>> {
    let items = list.list(&mut cx.report)?;
    if items.len() > PREFIXES_MAX {
        let message = format!("a trunk has at most {PREFIXES_MAX} prefixes");
        cx.report.error(list.at(), message, "list shorter prefixes");
        return None;
    }
    let mut known = BTreeSet::new();
    let mut prefixes = Vec::new();
    let mut whole = true;
    for item in items {
        let Some(own) = prefix(&item, has_rate, cx) else {
            whole = false;
            continue;
        };
        if !known.insert(own.prefix.clone()) {
            let message = format!("`{}` is listed already", own.prefix);
            cx.report.error(item.at(), message, "list each prefix once");
            whole = false;
        }
        prefixes.push(own);
    }
    whole.then_some(prefixes)
}

fn prefix(value: &Value<'_>, has_rate: bool, cx: &mut Context<'_, '_>) -> Option<TrunkPrefix> {
    let table = value.table(&mut cx.report)?.named(format!("`{}`", value.key()));
    table.check_keys(PREFIX_KEYS, &[], &mut cx.report);
    let prefix = table.needed("prefix", &mut cx.report).and_then(|prefix| {
        let read: DialPrefix = prefix.parse(&mut cx.report)?;
        if read.as_str().starts_with('+') {
            return Some(read);
        }
        let message = format!("`{read}` begins no E.164 number");
        cx.report.error(prefix.at(), message, "write it with `+` and the country code");
        None
    });
    let rate = rate(&table, cx);
    let day = day(&table, has_rate || !matches!(rate, Some(None)), cx);
    Some(TrunkPrefix { prefix: prefix?, rate: rate?, day: day? })
}

#[cfg(test)]
mod tests {
    use crate::book::DayLimits;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn with(keys: &str) -> String {
        format!("[[trunk]]\nid = \"own\"\noutbound = \"sip:a\"\n{keys}")
    }

    #[test]
    fn limits_and_rates() {
        let text = with(
            "timezone = \"America/Denver\"\nrate = { amount = \"0.0085\", currency = \"USD\" }\n\
             day = { calls = 5_000, minutes = 0, cost = { amount = \"200.00\", currency = \"USD\" } \
             }\nprefixes = [{ prefix = \"+44\", day = { calls = 100 } }, { prefix = \"+4\" }]",
        );
        let limited = book(&text);
        let trunk = &limited.trunks[0];
        assert_eq!(trunk.timezone.iana_name(), Some("America/Denver"));
        let DayLimits { calls, minutes, cost } = trunk.day;
        assert_eq!((calls, minutes), (Some(5_000), Some(0)));
        assert_eq!(cost.unwrap().to_string(), "200.00 USD");
        assert_eq!(trunk.rate.unwrap().micros(), 8_500);
        let shown: Vec<_> =
            trunk.prefixes.iter().map(|own| (own.prefix.as_str(), own.day.calls)).collect();
        assert_eq!(shown, [("+44", Some(100)), ("+4", None)]);
        assert!(trunk.is_limited());
        assert!(!book(&with("")).trunks[0].is_limited());
    }

    #[test]
    fn faults() {
        for (keys, expected) in [
            (
                "day = { cost = { amount = \"1.00\", currency = \"USD\" } }",
                "4:16: error: a limit on cost without a rate limits nothing (add the `rate` of a \
                 minute, such as { amount = \"0.01\", currency = \"USD\" })",
            ),
            (
                "day = { calls = -1 }",
                "4:17: error: `calls` must be from 0 to 1000000000000, not -1",
            ),
            (
                "prefixes = [{ prefix = \"44\" }]",
                "4:24: error: `44` begins no E.164 number (write it with `+` and the country code)",
            ),
            (
                "prefixes = [{ prefix = \"+44\" }, { prefix = \"+44\" }]",
                "4:33: error: `+44` is listed already (list each prefix once)",
            ),
            ("prefixes = [{}]", "4:13: error: `prefix` is missing in `prefixes`"),
        ] {
            check(&with(keys), &[expected]);
        }
    }
}
