//! Reads `auto_pause = { unanswered, window, pause, returns }`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::Percent;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::AutoPause;
use crate::book::RETURNED_SALES_MAX;
use crate::book::TooManyReturns;
use crate::book::UNANSWERED_MAX;
use crate::book::Unanswered;

use super::conversion::WINDOWS;

const KEYS: &[&str] = &["unanswered", "window", "pause", "returns"];
const RETURNS_KEYS: &[&str] = &["share", "sales", "window", "pause"];
const TIMES: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(86_400);
/// Least number of sales, unless the rule sets another: fewer say nothing about a share.
const SALES: u32 = 10;
/// Time in which returns are counted, unless the rule sets another.
const WINDOW: Duration = Duration::from_secs(7 * 86_400);

/// Reads the rule of a contract. Only a contract that takes returns can be paused by them.
pub(super) fn read(
    value: &Value<'_>,
    takes_returns: bool,
    report: &mut Report<'_>,
) -> Option<AutoPause> {
    let table = value.table(report)?;
    table.check_keys(KEYS, &[], report);
    let returns = match table.value("returns") {
        Some(rule) if takes_returns => returns(&rule, report).map(Some),
        Some(rule) => {
            let message = "`auto_pause` counts returns, but the contract takes none";
            report.error(rule.at(), message, "add `returns = {}` to the contract");
            None
        }
        None => Some(None),
    };
    // Each key of the rule asks for the others; without returns, they are the whole rule.
    let by_calls = ["unanswered", "window", "pause"].iter().any(|key| table.value(key).is_some());
    let unanswered = match by_calls || matches!(returns, Some(None)) {
        true => unanswered(&table, report).map(Some),
        false => Some(None),
    };
    Some(AutoPause { unanswered: unanswered?, returns: returns? })
}

fn unanswered(table: &Table<'_>, report: &mut Report<'_>) -> Option<Unanswered> {
    let calls = table.needed("unanswered", report);
    let calls = calls.and_then(|count| count.whole(1..=UNANSWERED_MAX.into(), report));
    let mut time = |key: &str| table.needed(key, report)?.duration(TIMES, report);
    let (window, pause) = (time("window"), time("pause"));
    Some(Unanswered { calls: u8::try_from(calls?).ok()?, window: window?, pause: pause? })
}

fn returns(value: &Value<'_>, report: &mut Report<'_>) -> Option<TooManyReturns> {
    let table = value.table(report)?;
    table.check_keys(RETURNS_KEYS, &[], report);
    let share = table.needed("share", report).and_then(|value| share(&value, report));
    let sales = table
        .value("sales")
        .map_or(Some(SALES.into()), |sales| sales.whole(1..=RETURNED_SALES_MAX.into(), report));
    let window =
        table.value("window").map_or(Some(WINDOW), |window| window.duration(WINDOWS, report));
    let pause = table.needed("pause", report).and_then(|pause| pause.duration(WINDOWS, report));
    let sales = u32::try_from(sales?).ok()?;
    Some(TooManyReturns { share: share?, sales, window: window?, pause: pause? })
}

/// Reads a share above 0 %: 0 % would pause the contract at its first return, whatever its sales.
fn share(value: &Value<'_>, report: &mut Report<'_>) -> Option<Percent> {
    let hint = "write the share of the sales at which the contract is paused, such as \"20%\"";
    let share: Percent = match value.text(report)?.parse() {
        Ok(share) => share,
        Err(error) => {
            let error: crate::base::InvalidPercent = error;
            report.error(value.at(), error.to_string(), hint);
            return None;
        }
    };
    if share == Percent::ZERO {
        report.error(value.at(), "`share` must be above 0%", hint);
        return None;
    }
    Some(share)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::book::AutoPause;
    use crate::book::TooManyReturns;
    use crate::book::Unanswered;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn with(rule: &str) -> String {
        let destination = r#"destination = { sip = "sip:x" }"#;
        format!("[[contract]]\n{destination}\n{}", contract(&format!("auto_pause = {rule}")))
    }

    #[test]
    fn a_rule() {
        let text = with(r#"{ unanswered = 3, window = "1h", pause = "30m" }"#);
        let (window, pause) = (Duration::from_secs(3_600), Duration::from_secs(1_800));
        let unanswered = Some(Unanswered { calls: 3, window, pause });
        let expected = AutoPause { unanswered, returns: None };
        assert_eq!(book(&text).contracts[0].auto_pause, Some(expected));
    }

    #[test]
    fn a_rule_on_returns() {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        for (rule, share, sales, window, pause) in [
            (r#"{ share = "20%", pause = "1d" }"#, "20%", 10, days(7), days(1)),
            (
                r#"{ share = "12.5%", sales = 40, window = "30d", pause = "400d" }"#,
                "12.5%",
                40,
                days(30),
                days(400),
            ),
        ] {
            let text = with(&format!("{{ returns = {rule} }}\nreturns = {{}}"));
            let share = share.parse().unwrap();
            let returns = Some(TooManyReturns { share, sales, window, pause });
            let expected = AutoPause { unanswered: None, returns };
            assert_eq!(book(&text).contracts[0].auto_pause, Some(expected), "{rule}");
        }
        let both = r#"{ unanswered = 3, window = "1h", pause = "30m", returns = { share = "9%", pause = "1h" } }"#;
        let rule = book(&with(&format!("{both}\nreturns = {{}}"))).contracts[0].auto_pause.unwrap();
        assert!(rule.unanswered.is_some() && rule.returns.is_some());
    }

    #[test]
    fn faults() {
        for (rule, expected) in [
            ("3", "3:14: error: `auto_pause` must be a table, not a whole number"),
            (
                r#"{ unanswered = 3, window = "1h" }"#,
                "3:14: error: `pause` is missing in `auto_pause`",
            ),
            (
                r#"{ unanswered = 0, window = "1h", pause = "30m" }"#,
                "3:29: error: `unanswered` must be from 1 to 100, not 0",
            ),
            (
                r#"{ unanswered = 3, window = "1h", pause = "2s" }"#,
                "3:55: error: `pause` must be from 1m to 1d, not 2s",
            ),
        ] {
            check(&with(rule), &[expected]);
        }
    }
}
