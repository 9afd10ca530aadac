//! Reads `conversion = { by, from, key, window, min, max }`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::Money;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::CONVERSION_WINDOW;
use crate::book::Conversion;
use crate::book::ConversionBy;
use crate::book::CountedFrom;
use crate::book::KeySequence;

use super::context::Context;
use super::money;

const KEYS: &[&str] = &["by", "from", "key", "window", "min", "max"];
/// Times after a sale: from a minute to 400 days.
pub(super) const WINDOWS: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(400 * 86_400);
const FROM: &[(&str, CountedFrom)] = &[
    (CountedFrom::Answer.name(), CountedFrom::Answer),
    (CountedFrom::Accept.name(), CountedFrom::Accept),
];

/// The names of `by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Time,
    Key,
    Report,
}

const BY: &[(&str, By)] = &[("time", By::Time), ("key", By::Key), ("report", By::Report)];

/// Reads the conversion of a contract whose buffer is already read.
pub(super) fn read<'d>(
    contract: &Table<'d>,
    buffer: Option<Duration>,
    cx: &mut Context<'d, '_>,
) -> Option<Conversion> {
    let Some(value) = contract.value("conversion") else { return Some(Conversion::default()) };
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let by =
        table.value("by").map_or(Some(By::Time), |value| value.choice(BY, &[], &mut cx.report))?;
    let by = match by {
        By::Time => time(&table, cx),
        By::Key => key(&table, cx),
        By::Report => Some(ConversionBy::Report),
    };
    let event = by.as_ref().map_or("", ConversionBy::name);
    for (key, needed) in [("from", "time"), ("key", "key"), ("min", "report"), ("max", "report")] {
        if let Some(value) = table.value(key)
            && by.is_some()
            && event != needed
        {
            unused(&value, event, needed, cx);
        }
    }
    check_buffer(contract, buffer, event, cx);
    let window = table
        .value("window")
        .map_or(Some(CONVERSION_WINDOW), |window| window.duration(WINDOWS, &mut cx.report));
    let (min, max) = (bound("min", &table, cx), bound("max", &table, cx));
    let (min, max) = (min?, max?);
    if let (Some(least), Some(most)) = (min, max)
        && least.micros() > most.micros()
    {
        let message = format!("`min` {least} is above `max` {most}");
        cx.report.error(value.at(), message, "no revenue is in between");
        return None;
    }
    Some(Conversion { by: by?, window: window?, min, max })
}

fn time<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<ConversionBy> {
    let from = table
        .value("from")
        .map_or(Some(CountedFrom::default()), |from| from.choice(FROM, &[], &mut cx.report))?;
    Some(ConversionBy::Time { from })
}

fn key<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<ConversionBy> {
    let key = table
        .value("key")
        .map_or_else(|| Some(KeySequence::default()), |key| key.parse(&mut cx.report))?;
    Some(ConversionBy::Key { key })
}

/// Reads a bound. The outer `None` is a fault, the inner one means no bound.
fn bound<'d>(key: &str, table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Option<Money>> {
    let Some(value) = table.value(key) else { return Some(None) };
    money::read(&value, cx).map(Some)
}

/// Reports a key that has no effect.
fn unused(value: &Value<'_>, event: &str, needed: &str, cx: &mut Context<'_, '_>) {
    let message = format!("`{}` has no effect with by = \"{event}\"", value.key());
    cx.report.error(value.at(), message, format!("remove it, or write by = \"{needed}\""));
}

/// Reports a buffer that counts nothing.
fn check_buffer(
    contract: &Table<'_>,
    buffer: Option<Duration>,
    event: &str,
    cx: &mut Context<'_, '_>,
) {
    let counts = event.is_empty() || event == "time";
    if let Some(value) = contract.value("buffer")
        && !counts
        && buffer.is_some_and(|buffer| !buffer.is_zero())
    {
        unused(&value, event, "time", cx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn with(keys: &str) -> String {
        let destination = r#"destination = { sip = "sip:x" }"#;
        format!("[[contract]]\n{destination}\n{}", contract(keys))
    }

    #[test]
    fn rules() {
        let usd = |micros| Some(Money::from_micros(micros, crate::base::Currency::USD));
        let key = |key: &str| ConversionBy::Key { key: key.parse().unwrap() };
        let day = Duration::from_secs(86_400);
        for (text, by, window, min, max) in [
            (r"{}", ConversionBy::Time { from: CountedFrom::Accept }, 30, None, None),
            (
                r#"{ by = "time", from = "answer" }"#,
                ConversionBy::Time { from: CountedFrom::Answer },
                30,
                None,
                None,
            ),
            (r#"{ by = "key" }"#, key("*7"), 30, None, None),
            (r#"{ by = "key", key = "99#" }"#, key("99#"), 30, None, None),
            (
                r#"{ by = "report", window = "7d", min = { amount = "1.00", currency = "USD" },
                     max = { amount = "90.00", currency = "USD" } }"#,
                ConversionBy::Report,
                7,
                usd(1_000_000),
                usd(90_000_000),
            ),
        ] {
            let text = text.replace('\n', " ");
            let found = book(&with(&format!("conversion = {text}"))).contracts[0].rules.clone();
            let expected = Conversion { by, window: window * day, min, max };
            assert_eq!(found.conversion, expected, "{text}");
        }
        assert_eq!(book(&with("")).contracts[0].rules.conversion, Conversion::default());
    }

    #[test]
    fn faults() {
        for (keys, expected) in [
            (
                r#"conversion = { by = "luck" }"#,
                "3:21: error: `by` cannot be `luck` (use time, key, report)",
            ),
            (
                r#"conversion = { by = "report", key = "*7" }"#,
                "3:37: error: `key` has no effect with by = \"report\" (remove it, or write by = \
                 \"key\")",
            ),
            (
                r#"conversion = { by = "key", key = "7a" }"#,
                "3:34: error: `7a` is not a sequence of 1 to 8 keys of 0-9, * and #",
            ),
            (
                r#"conversion = { max = { amount = "1", currency = "USD" } }"#,
                "3:22: error: `max` has no effect with by = \"time\" (remove it, or write by = \
                 \"report\")",
            ),
            (
                r#"conversion = { by = "report", window = "2s" }"#,
                "3:40: error: `window` must be from 1m to 400d, not 2s",
            ),
            (
                "conversion = { by = \"key\" }\nbuffer = \"90s\"",
                "4:10: error: `buffer` has no effect with by = \"key\" (remove it, or write by = \
                 \"time\")",
            ),
            (
                "conversion = { by = \"report\", min = { amount = \"2\", currency = \"USD\" }, \
                 max = { amount = \"1\", currency = \"USD\" } }",
                "3:14: error: `min` 2.00 USD is above `max` 1.00 USD (no revenue is in between)",
            ),
        ] {
            check(&with(keys), &[expected]);
        }
    }
}
