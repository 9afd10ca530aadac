//! Reads `budget = { hour, day, week, month, total }` within `caps`, each an amount.

use crate::base::toml::Table;
use crate::book::Budget;

use super::context::Context;
use super::money;

const KEYS: &[&str] = &["hour", "day", "week", "month", "total"];

/// Reads the `budget` of the caps of a noun; no limits if absent.
pub(super) fn read<'d>(caps: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Budget> {
    let Some(budget) = caps.value("budget") else {
        return Some(Budget::NONE);
    };
    let table = budget.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let mut whole = true;
    let mut amount = |key: &str| {
        let limit = money::read(&table.value(key)?, cx);
        whole &= limit.is_some();
        limit
    };
    let limits = Budget {
        hour: amount("hour"),
        day: amount("day"),
        week: amount("week"),
        month: amount("month"),
        total: amount("total"),
    };
    whole.then_some(limits)
}

#[cfg(test)]
mod tests {
    use crate::book::Pacing;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn buyer(caps: &str) -> String {
        format!("[[buyer]]\nid = \"x\"\ntimezone = \"UTC\"\ncaps = {{ {caps} }}")
    }

    #[test]
    fn amounts_by_window() {
        let caps = r#"day = 9, pacing = "even", budget = { day = { amount = "90.50", currency = "USD" } }"#;
        let caps = book(&buyer(caps)).buyers[0].caps;
        assert_eq!(caps.budget.day.map(|day| day.micros()), Some(90_500_000));
        assert_eq!((caps.budget.month, caps.pacing), (None, Pacing::Even));
    }

    #[test]
    fn faults() {
        for (caps, expected) in [
            ("budget = 9", "4:19: error: `budget` must be a table, not a whole number"),
            (
                "budget = { concurrent = 9 }",
                "4:21: error: unknown key `concurrent` in `budget` (known keys: hour, day, week, \
                 month, total)",
            ),
            (
                r#"budget = { day = { amount = "-1", currency = "USD" } }"#,
                "4:38: error: `day` is below zero",
            ),
            (
                r#"budget = { day = { amount = "1.0000001", currency = "USD" } }"#,
                "4:38: error: `1.0000001` has more than 6 decimals",
            ),
            (
                r#"pacing = "even""#,
                "4:10: error: `pacing` needs a cap per day (add `day`: pacing spreads its \
                 units over the open hours)",
            ),
            (
                r#"day = 5, pacing = "slow""#,
                "4:28: error: `pacing` cannot be `slow` (use asap, even)",
            ),
        ] {
            check(&buyer(caps), &[expected]);
        }
    }
}
