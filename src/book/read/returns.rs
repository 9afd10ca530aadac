//! Reads `returns = { window, share, reasons, accept_after, reverse_payout, frees_cap }`.

use std::time::Duration;

use crate::base::InvalidPercent;
use crate::base::Percent;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::REASONS_MAX;
use crate::book::Returns;

use super::conversion::WINDOWS;

const KEYS: &[&str] =
    &["window", "share", "reasons", "accept_after", "reverse_payout", "frees_cap"];
/// Time after a sale in which it may be returned, unless the contract sets another.
const WINDOW: Duration = Duration::from_secs(7 * 86_400);
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 64;

pub(super) fn read(value: &Value<'_>, report: &mut Report<'_>) -> Option<Returns> {
    let table = value.table(report)?;
    table.check_keys(KEYS, &[], report);
    let window =
        table.value("window").map_or(Some(WINDOW), |value| value.duration(WINDOWS, report));
    let share = table.value("share").map_or(Some(Percent::WHOLE), |value| share(&value, report));
    let reasons = table.value("reasons").map_or(Some(Vec::new()), |list| reasons(&list, report));
    let accept_after = match table.value("accept_after") {
        Some(value) => value.duration(WINDOWS, report).map(Some),
        None => Some(None),
    };
    let (reverse_payout, frees_cap) =
        (flag("reverse_payout", true, &table, report), flag("frees_cap", false, &table, report));
    Some(Returns {
        window: window?,
        share: share?,
        reasons: reasons?,
        accept_after: accept_after?,
        reverse_payout: reverse_payout?,
        frees_cap: frees_cap?,
        pause: None,
    })
}

/// Reads a share. Its remedy says what the share is of.
fn share(value: &Value<'_>, report: &mut Report<'_>) -> Option<Percent> {
    let share: Result<Percent, InvalidPercent> = value.text(report)?.parse();
    if let Err(error) = &share {
        let hint = "write the share of the sales that may be returned, such as \"15%\"";
        report.error(value.at(), error.to_string(), hint);
    }
    share.ok()
}

fn reasons(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<String>> {
    let reasons =
        list.each(report, |item, report| item.words(REASON_BYTES_MAX, report).map(str::to_owned))?;
    if reasons.len() > REASONS_MAX {
        report.error(list.at(), format!("`reasons` has more than {REASONS_MAX} reasons"), "");
        return None;
    }
    Some(reasons)
}

fn flag(key: &str, missing: bool, table: &Table<'_>, report: &mut Report<'_>) -> Option<bool> {
    table.value(key).map_or(Some(missing), |value| value.boolean(report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn with(rule: &str) -> String {
        let destination = r#"destination = { sip = "sip:x" }"#;
        format!("[[contract]]\n{destination}\n{}", contract(&format!("returns = {rule}")))
    }

    #[test]
    fn a_rule() {
        let text = with(
            "{ window = \"14d\", share = \"12.5%\", reasons = [\"wrong_number\"], \
             accept_after = \"3d\", reverse_payout = false, frees_cap = true }",
        );
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let expected = Returns {
            window: days(14),
            share: "12.5%".parse().unwrap(),
            reasons: vec!["wrong_number".to_owned()],
            accept_after: Some(days(3)),
            reverse_payout: false,
            frees_cap: true,
            pause: None,
        };
        assert_eq!(book(&text).contracts[0].rules.returns, Some(expected));
        let missing = Returns {
            window: days(7),
            share: Percent::WHOLE,
            reasons: Vec::new(),
            accept_after: None,
            reverse_payout: true,
            frees_cap: false,
            pause: None,
        };
        assert_eq!(book(&with("{}")).contracts[0].rules.returns, Some(missing));
    }

    #[test]
    fn faults() {
        for (rule, expected) in [
            (
                r#"{ share = "101%" }"#,
                "3:21: error: `101%` is above 100% (write the share of the sales that may be \
                 returned, such as \"15%\")",
            ),
            (
                r#"{ share = 15 }"#,
                "3:21: error: `share` must be a string, not a whole number (put \
                 it in quotes: \"15\")",
            ),
            (r#"{ window = "2s" }"#, "3:22: error: `window` must be from 1m to 400d, not 2s"),
            (r#"{ reasons = [""] }"#, "3:24: error: `reasons` is empty (fill it, or remove it)"),
            (
                r#"{ reverse_payout = "no" }"#,
                "3:30: error: `reverse_payout` must be true or false, not a string",
            ),
        ] {
            check(&with(rule), &[expected]);
        }
    }
}
