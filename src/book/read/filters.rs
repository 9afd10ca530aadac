//! `filters = { states, zips, area_codes, fields, required, sources }`

use std::fmt::Display;
use std::str::FromStr;

use crate::base::table::Later;
use crate::base::table::Report;
use crate::base::table::Table;
use crate::base::table::Value;
use crate::book::Decimal;
use crate::book::FieldRule;
use crate::book::FieldTest;
use crate::book::Filters;
use crate::book::Pattern;
use crate::book::SourceRule;

use super::context::Context;
use super::names::Noun;

const KEYS: &[&str] = &["states", "zips", "area_codes", "fields", "required", "sources"];
const LATER: &[Later] = &[
    Later { key: "radius", remedy: "remove it; list the zips in `zips`" },
    Later { key: "min_score", remedy: "remove it; inquiries are not scored yet" },
];
const FIELD_KEYS: &[&str] = &["field", "min", "max", "equals", "in", "regex", "present"];

pub(super) fn read<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Filters> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, LATER, &mut cx.report);
    let states = list("states", &table, &mut cx.report);
    let zips = list("zips", &table, &mut cx.report);
    let area_codes = list("area_codes", &table, &mut cx.report);
    let fields = match table.value("fields") {
        Some(fields) => fields.each(&mut cx.report, field_rule),
        None => Some(Vec::new()),
    };
    let required = list("required", &table, &mut cx.report);
    let sources = match table.value("sources") {
        Some(sources) => source_rule(&sources, cx),
        None => Some(SourceRule::Any),
    };
    Some(Filters {
        states: states?,
        zips: zips?,
        area_codes: area_codes?,
        fields: fields?,
        required: required?,
        sources: sources?,
    })
}

/// A list that may be left out.
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

fn field_rule(value: Value<'_>, report: &mut Report<'_>) -> Option<FieldRule> {
    let table = value.table(report)?.named("this field filter".to_owned());
    table.check_keys(FIELD_KEYS, &[], report);
    let field = table.needed("field", report).and_then(|field| field.parse(report));
    let given: Vec<Value<'_>> = FIELD_KEYS.iter().skip(1).filter_map(|k| table.value(k)).collect();
    if given.is_empty() {
        let hint = format!("add one or more of {}", FIELD_KEYS.get(1..)?.join(", "));
        report.error(value.at(), "this field filter tests nothing", hint);
        return None;
    }
    let tests: Vec<Option<FieldTest>> = given.iter().map(|test| field_test(test, report)).collect();
    let tests: Vec<FieldTest> = tests.into_iter().collect::<Option<_>>()?;
    if let [FieldTest::Min(min), FieldTest::Max(max), ..] = tests.as_slice()
        && min > max
    {
        report.error(value.at(), format!("no number is from {min} to {max}"), "");
        return None;
    }
    Some(FieldRule { field: field?, tests })
}

fn field_test(value: &Value<'_>, report: &mut Report<'_>) -> Option<FieldTest> {
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
        "regex" => {
            let compile = |text: &str| {
                let shown: String = text.chars().take(80).collect();
                Pattern::parse(text).map_err(|why| format!("`{shown}` is not a pattern: {why}"))
            };
            value.parse_by(compile, report).map(FieldTest::Matches)
        }
        _ => {
            let present = value.boolean(report)?;
            if !present {
                report.error(value.at(), "`present = false` is not a filter", "remove it");
            }
            present.then_some(FieldTest::Present)
        }
    }
}

fn decimal(value: &Value<'_>, report: &mut Report<'_>) -> Option<Decimal> {
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
            let hint = "what is not allowed is denied already: keep one";
            cx.report.error(deny.key_at(), "`deny` beside `allow`", hint);
            None
        }
    }
}
