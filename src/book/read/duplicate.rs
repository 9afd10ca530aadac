//! Reads `duplicate = { fields = ["phone"], window = "30d", after = "connected", then = "refuse" }`, or
//! a list of such rules.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::Duplicate;
use crate::book::RepeatAfter;
use crate::book::RepeatThen;

const KEYS: &[&str] = &["fields", "window", "after", "then"];
const AFTER: [(&str, RepeatAfter); 2] = [
    (RepeatAfter::Connected.name(), RepeatAfter::Connected),
    (RepeatAfter::Converted.name(), RepeatAfter::Converted),
];
const THEN: [(&str, RepeatThen); 3] = [
    (RepeatThen::Refuse.name(), RepeatThen::Refuse),
    (RepeatThen::NotBilled.name(), RepeatThen::NotBilled),
    (RepeatThen::SameBuyer.name(), RepeatThen::SameBuyer),
];
const WINDOWS: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(400 * 86_400);

/// Window of a rule that names none.
const WINDOW: Duration = Duration::from_secs(30 * 86_400);
/// Most rules of a noun.
const RULES_MAX: usize = 5;

/// Reads the `duplicate` of a noun: a rule, or a list of rules. `None` is a fault.
pub(super) fn read(noun: &Table<'_>, report: &mut Report<'_>) -> Option<Vec<Duplicate>> {
    let Some(value) = noun.value("duplicate") else { return Some(Vec::new()) };
    if !value.is_list() {
        return rule(&value, report).map(|rule| vec![rule]);
    }
    let rules = value.each(report, |item, report| rule(&item, report))?;
    if rules.is_empty() || rules.len() > RULES_MAX {
        report.error(value.at(), format!("`duplicate` has from 1 to {RULES_MAX} rules"), "");
        return None;
    }
    Some(rules)
}

fn rule(value: &Value<'_>, report: &mut Report<'_>) -> Option<Duplicate> {
    let table = value.table(report)?;
    table.check_keys(KEYS, &[], report);
    let fields = table.needed("fields", report).and_then(|list| {
        let fields: Vec<crate::base::FieldName> =
            list.each(report, |item, report| item.parse(report))?;
        if fields.is_empty() {
            report.error(list.at(), "`fields` is empty", "name one, like [\"phone\"]");
            return None;
        }
        Some(fields)
    });
    let window = match table.value("window") {
        Some(time) => time.duration(WINDOWS, report),
        None => Some(WINDOW),
    };
    let after = table
        .value("after")
        .map_or(Some(RepeatAfter::default()), |after| after.choice(&AFTER, &[], report));
    let then = table
        .value("then")
        .map_or(Some(RepeatThen::default()), |then| then.choice(&THEN, &[], report));
    Some(Duplicate { fields: fields?, window: window?, after: after?, then: then? })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::book::RepeatAfter;
    use crate::book::RepeatThen;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn offer(rule: &str) -> String {
        format!("[[offer]]\nid = \"x\"\ndq = {{ recording = \"sorry\" }}\nduplicate = {rule}")
    }

    #[test]
    fn fields_and_a_window() {
        let rule = r#"{ fields = ["phone", "email"], window = "30d" }"#;
        let rule = book(&offer(rule)).offers[0].duplicate[0].clone();
        assert_eq!(rule.fields.len(), 2);
        assert_eq!(rule.window, Duration::from_secs(30 * 86_400));
    }

    #[test]
    fn several_rules_and_the_usual_window() {
        let rules = r#"[{ fields = ["phone"] }, { fields = ["email"], window = "1d" }]"#;
        let rules = book(&offer(rules)).offers[0].duplicate.clone();
        let windows: Vec<u64> = rules.iter().map(|rule| rule.window.as_secs() / 86_400).collect();
        assert_eq!(windows, [30, 1]);
    }

    #[test]
    fn what_counts_and_what_happens_then() {
        let rules = r#"[
            { fields = ["phone"] },
            { fields = ["phone"], after = "converted", then = "not_billed" },
            { fields = ["phone"], then = "same_buyer" }]"#;
        let rules = book(&offer(rules)).offers[0].duplicate.clone();
        let read: Vec<_> = rules.iter().map(|rule| (rule.after, rule.then)).collect();
        let expected = [
            (RepeatAfter::Connected, RepeatThen::Refuse),
            (RepeatAfter::Converted, RepeatThen::NotBilled),
            (RepeatAfter::Connected, RepeatThen::SameBuyer),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn faults() {
        for (rule, expected) in [
            (r#""30d""#, "4:13: error: `duplicate` must be a table, not a string"),
            (r#"{ window = "30d" }"#, "4:13: error: `fields` is missing in `duplicate`"),
            ("[]", "4:13: error: `duplicate` has from 1 to 5 rules"),
            (
                r#"{ fields = [], window = "30d" }"#,
                "4:24: error: `fields` is empty (name one, like [\"phone\"])",
            ),
            (
                r#"{ fields = ["Phone"], window = "30d" }"#,
                "4:25: error: `Phone` is not a field name: use a-z, 0-9 and _, a letter first, at \
                 most 40",
            ),
            (
                r#"{ fields = ["phone"], window = "500d" }"#,
                "4:44: error: `window` must be from 1m to 400d, not 500d",
            ),
            (
                r#"{ fields = ["phone"], after = "billed" }"#,
                "4:43: error: `after` cannot be `billed` (use connected, converted)",
            ),
            (
                r#"{ fields = ["phone"], then = "free" }"#,
                "4:42: error: `then` cannot be `free` (did you mean `refuse`?)",
            ),
        ] {
            check(&offer(rule), &[expected]);
        }
    }
}
