//! Reads `filters = { states, zips, …, fields, required, sources, min_score, attestation }`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::Decimal;
use crate::book::FieldRule;
use crate::book::FieldTest;
use crate::book::Filters;
use crate::book::Noun;
use crate::book::Pattern;
use crate::book::SourceRule;

use super::context::Context;
use super::places;

const KEYS: &[&str] = &[
    "states",
    "zips",
    "area_codes",
    "cities",
    "counties",
    "countries",
    "radius",
    "dma",
    "fields",
    "required",
    "sources",
    "min_score",
    "attestation",
];
const FIELD_KEYS: &[&str] = &["field", "min", "max", "equals", "in", "regex", "present"];

pub(super) fn read<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Filters> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let states = list("states", &table, &mut cx.report);
    let zips = list("zips", &table, &mut cx.report);
    let area_codes = list("area_codes", &table, &mut cx.report);
    let cities = places::cities(&table, &mut cx.report);
    let counties = places::counties(&table, &mut cx.report);
    let countries = list("countries", &table, &mut cx.report);
    let radius = optional("radius", &table, |value| places::radius(value, &mut cx.report));
    let areas = cx.beside.areas;
    let dma = optional("dma", &table, |value| places::dma(value, areas, &mut cx.report));
    let fields = match table.value("fields") {
        Some(fields) => {
            let patterns = &mut cx.patterns;
            fields.each(&mut cx.report, |rule, report| field_rule(rule, patterns, report))
        }
        None => Some(Vec::new()),
    };
    let required = list("required", &table, &mut cx.report);
    let sources = match table.value("sources") {
        Some(sources) => source_rule(&sources, cx),
        None => Some(SourceRule::Any),
    };
    let min_score = optional("min_score", &table, |value| min_score(value, &mut cx.report));
    let attestation = list("attestation", &table, &mut cx.report);
    Some(Filters {
        states: states?,
        zips: zips?,
        area_codes: area_codes?,
        cities: cities?,
        counties: counties?,
        countries: countries?,
        radius: radius?,
        dma: dma?,
        fields: fields?,
        required: required?,
        sources: sources?,
        min_score: min_score?,
        attestation: attestation?,
    })
}

/// Reads an optional value: `Some(None)` if absent, `None` if it has a fault.
fn optional<'d, T>(
    key: &str,
    table: &Table<'d>,
    read: impl FnOnce(&Value<'d>) -> Option<T>,
) -> Option<Option<T>> {
    match table.value(key) {
        Some(value) => read(&value).map(Some),
        None => Some(None),
    }
}

fn min_score(value: &Value<'_>, report: &mut Report<'_>) -> Option<Decimal> {
    let score = decimal(value, report)?;
    if score < Decimal::from_micros(0) {
        report.error(value.at(), format!("`min_score` must be 0 or above, not {score}"), "");
        return None;
    }
    Some(score)
}

/// Reads an optional list.
fn list<T>(key: &str, table: &Table<'_>, report: &mut Report<'_>) -> Option<Vec<T>>
where
    T: FromStr,
    T::Err: Display,
{
    let Some(list) = table.value(key) else {
        return Some(Vec::new());
    };
    list.each(report, |item, report| item.parse(report))
}

pub(super) fn field_rule(
    value: Value<'_>,
    patterns: &mut BTreeMap<String, Pattern>,
    report: &mut Report<'_>,
) -> Option<FieldRule> {
    let table = value.table(report)?.named("this field filter".to_owned());
    table.check_keys(FIELD_KEYS, &[], report);
    let field = table.needed("field", report).and_then(|field| field.parse(report));
    let given: Vec<Value<'_>> = FIELD_KEYS.iter().skip(1).filter_map(|k| table.value(k)).collect();
    if given.is_empty() {
        let hint = format!("add one or more of {}", FIELD_KEYS.get(1..)?.join(", "));
        report.error(value.at(), "this field filter has no test", hint);
        return None;
    }
    let test = |test: &Value<'_>| field_test(test, patterns, report);
    let tests: Vec<Option<FieldTest>> = given.iter().map(test).collect();
    let tests: Vec<FieldTest> = tests.into_iter().collect::<Option<_>>()?;
    if let [FieldTest::Min(min), FieldTest::Max(max), ..] = tests.as_slice()
        && min > max
    {
        report.error(value.at(), format!("no number is from {min} to {max}"), "");
        return None;
    }
    Some(FieldRule { field: field?, tests })
}

fn field_test(
    value: &Value<'_>,
    patterns: &mut BTreeMap<String, Pattern>,
    report: &mut Report<'_>,
) -> Option<FieldTest> {
    match value.key() {
        "min" => decimal(value, report).map(FieldTest::Min),
        "max" => decimal(value, report).map(FieldTest::Max),
        "equals" => value.text(report).map(|text| FieldTest::Equals(text.to_owned())),
        "in" => {
            let texts = value.each(report, |item, r| item.text(r).map(str::to_owned))?;
            if texts.is_empty() {
                report.error(value.at(), "`in` is empty: no value passes", "");
                return None;
            }
            Some(FieldTest::OneOf(texts))
        }
        "regex" => pattern(value, patterns, report).map(FieldTest::Matches),
        _ => {
            let present = value.boolean(report)?;
            if !present {
                report.error(value.at(), "`present = false` is not a filter", "remove it");
            }
            present.then_some(FieldTest::Present)
        }
    }
}

pub(super) fn pattern(
    value: &Value<'_>,
    patterns: &mut BTreeMap<String, Pattern>,
    report: &mut Report<'_>,
) -> Option<Pattern> {
    let text = value.text(report)?;
    if let Some(known) = patterns.get(text) {
        return Some(known.clone());
    }
    match Pattern::parse(text) {
        Ok(pattern) => {
            patterns.insert(text.to_owned(), pattern.clone());
            Some(pattern)
        }
        Err(why) => {
            let message = format!("`{}` is not a pattern: {why}", clip(text));
            report.error(value.at(), message, "");
            None
        }
    }
}

/// Reads an exact decimal number.
pub(super) fn decimal(value: &Value<'_>, report: &mut Report<'_>) -> Option<Decimal> {
    let read: Result<Decimal, String> = value.digits(report)?.parse();
    match read {
        Ok(read) => Some(read),
        Err(error) => {
            report.error(value.at(), error, "");
            None
        }
    }
}

fn source_rule<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<SourceRule> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(&["allow", "deny"], &[], &mut cx.report);
    let names = &cx.names;
    let mut sources = |list: &Value<'d>| {
        list.each(&mut cx.report, |id, report| names.refer(Noun::Source, &id, report))
    };
    match (table.value("allow"), table.value("deny")) {
        (Some(allow), None) => sources(&allow).map(SourceRule::Only),
        (None, Some(deny)) => sources(&deny).map(SourceRule::Except),
        (None, None) => Some(SourceRule::Any),
        (Some(_), Some(deny)) => {
            let hint = "keep one: `allow` already denies all others";
            cx.report.error(deny.key_at(), "`deny` beside `allow`", hint);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn with(filters: &str) -> String {
        format!("[[contract]]\nfilters = {{ {filters} }}\n{}", contract(r#"channels = ["form"]"#))
    }

    #[test]
    fn places_and_sources() {
        let text = with(
            "states = [\"CA\", \"PR\"], zips = [\"00501\"], area_codes = [\"305\"], required = \
             [\"zip\"], sources = { deny = [\"s\"] }",
        );
        let filters = book(&text).contracts[0].filters.clone();
        assert_eq!(filters.states, ["CA".parse().unwrap(), "PR".parse().unwrap()]);
        assert_eq!(filters.zips, ["00501".parse().unwrap()]);
        assert_eq!(filters.area_codes, ["305".parse().unwrap()]);
        assert_eq!(filters.required, ["zip".parse().unwrap()]);
        let (s, other) = ("s".parse().unwrap(), "other".parse().unwrap());
        assert!(!filters.sources.takes(Some(&s)));
        assert!(filters.sources.takes(Some(&other)) && filters.sources.takes(None));
        assert!(SourceRule::Only(vec![s.clone()]).takes(Some(&s)));
        assert!(!SourceRule::Only(vec![s]).takes(None));
    }

    #[test]
    fn fields_are_tested() {
        let takes = |tests: &str, value: Option<&str>| {
            let text = with(&format!(r#"fields = [{{ field = "age", {tests} }}]"#));
            book(&text).contracts[0].filters.fields[0].takes(value)
        };
        for (tests, value, expected) in [
            ("min = 25", Some("25"), true),
            ("min = 25", Some("24.9"), false),
            ("min = 25", Some("old"), false),
            ("min = 25", None, false),
            ("max = 0.1", Some("0.1"), true),
            ("min = -5, max = 1_000", Some("1000.000001"), false),
            (r#"equals = "new""#, Some("new"), true),
            (r#"equals = "new""#, Some("New"), false),
            (r#"in = ["a", "b"]"#, Some("b"), true),
            (r#"in = ["a", "b"]"#, Some("c"), false),
            (r#"regex = "^a+$""#, Some("aaa"), true),
            (r#"regex = "^a+$", min = 1"#, Some("aaa"), false),
            ("present = true", Some("x"), true),
            ("present = true", Some(""), false),
            ("present = true", None, false),
        ] {
            assert_eq!(takes(tests, value), expected, "{tests} {value:?}");
        }
    }

    #[test]
    fn faults() {
        for (filters, expected) in [
            (
                r#"states = ["CA", "California"]"#,
                "2:29: error: `California` is not a state: use its two letters, like CA",
            ),
            (
                "zips = [90210]",
                "2:21: error: `zips` must be a string, not a whole number (put it in quotes: \
                 \"90210\")",
            ),
            (r#"zips = ["9021"]"#, "2:21: error: `9021` is not a zip: use five digits, like 90210"),
            (
                r#"area_codes = ["1305"]"#,
                "2:27: error: `1305` is not an area code: use three digits, the first 2 to 9, \
                 like 305",
            ),
            (
                r#"required = ["ZIP"]"#,
                "2:25: error: `ZIP` is not a field name: use a-z, 0-9 and _, a letter first, at \
                 most 40",
            ),
            (
                r#"sources = { deny = ["z"] }"#,
                "2:33: error: source `z` is unknown (declare it in a [[source]], or name one that \
                 is)",
            ),
            (
                "sources = { allow = [], deny = [] }",
                "2:37: error: `deny` beside `allow` (keep one: `allow` already denies \
                 all others)",
            ),
            ("min_score = -1", "2:25: error: `min_score` must be 0 or above, not -1"),
            (
                r#"min_score = "72""#,
                "2:25: error: `min_score` must be a decimal number, not a string",
            ),
            (
                r#"attestation = ["A", "full"]"#,
                "2:33: error: `full` is not an attestation: use A, B or C",
            ),
            (
                r#"state = ["CA"]"#,
                "2:13: error: unknown key `state` in `filters` (did you mean `states`?)",
            ),
        ] {
            check(&with(filters), &[expected]);
        }
    }

    #[test]
    fn faults_of_field_filters() {
        for (tests, expected) in [
            (
                r#"field = "age""#,
                "2:23: error: this field filter has no test (add one or more of min, max, \
                 equals, in, regex, present)",
            ),
            ("min = 1", "2:23: error: `field` is missing in this field filter"),
            (
                r#"field = "age", min = "1""#,
                "2:46: error: `min` must be a decimal number, not a string",
            ),
            (
                r#"field = "age", min = 1e3"#,
                "2:46: error: `1e3` is not a number with at most 6 decimals",
            ),
            (r#"field = "age", min = 9, max = 8"#, "2:23: error: no number is from 9 to 8"),
            (r#"field = "age", in = []"#, "2:45: error: `in` is empty: no value passes"),
            (
                r#"field = "age", present = false"#,
                "2:50: error: `present = false` is not a filter (remove it)",
            ),
            (
                r#"field = "age", regex = "[a""#,
                "2:48: error: `[a` is not a pattern: unclosed character class",
            ),
            (
                r#"field = "age", regex = "a{9999}{9999}""#,
                "2:48: error: `a{9999}{9999}` is not a pattern: it is too large",
            ),
            (
                r#"field = "age", less = 3"#,
                "2:40: error: unknown key `less` in this field filter (known keys: field, min, \
                 max, equals, in, regex, present)",
            ),
        ] {
            let mut expected = vec![expected];
            if tests.contains("less") {
                expected.insert(
                    0,
                    "2:23: error: this field filter has no test (add one or more of min, max, \
                     equals, in, regex, present)",
                );
            }
            check(&with(&format!("fields = [{{ {tests} }}]")), &expected);
        }
    }
}
