//! Reads `fields = [{ name, type, also, required, min, max, in, regex, length }]` of an offer.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::FormField;
use crate::book::FormKind;
use crate::book::Limits;

use super::context::Context;
use super::filters;
use super::filters::decimal;

const KEYS: &[&str] =
    &["name", "type", "also", "required", "min", "max", "in", "regex", "length", "max_age"];
/// Oldest consent that a book may admit.
const CONSENT_AGES: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(10 * 366 * 86_400);
/// Most fields of an offer. A lead has room for others besides.
const FIELDS_MAX: usize = 50;
/// Most other names of a field.
const ALSO_MAX: usize = 20;
/// Longest other name, in bytes.
const ALSO_BYTES_MAX: usize = 120;
/// Most choices.
const CHOICES_MAX: usize = 200;
/// Longest choice, and longest text of any field, in bytes.
const VALUE_BYTES_MAX: usize = 512;
/// Greatest age that a book may name, in years.
const AGE_MAX: u64 = 130;

/// A type without its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Integer,
    Date,
    BirthDate,
    Choice,
    ConsentTime,
    /// A type that has no limits.
    Plain(usize),
}

/// Reads the form fields of an offer.
pub(super) fn read<'d>(offer: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Vec<FormField>> {
    let Some(value) = offer.value("fields") else {
        return Some(Vec::new());
    };
    let items = value.list(&mut cx.report)?;
    if items.len() > FIELDS_MAX {
        cx.report.error(value.at(), format!("`fields` has over {FIELDS_MAX} items"), "");
        return None;
    }
    let mut names = BTreeSet::new();
    let read: Vec<Option<FormField>> =
        items.iter().map(|item| field(item, &mut names, cx)).collect();
    read.into_iter().collect()
}

fn field<'d>(
    value: &Value<'d>,
    names: &mut BTreeSet<String>,
    cx: &mut Context<'d, '_>,
) -> Option<FormField> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let name = table.needed("name", &mut cx.report);
    let name = name.and_then(|name| {
        let read = name.parse::<FieldName>(&mut cx.report)?;
        is_new(&name, read.as_str(), names, &mut cx.report).then_some(read)
    });
    let also = match table.value("also") {
        Some(value) => also(&value, names, &mut cx.report),
        None => Some(Vec::new()),
    };
    let required = match table.value("required") {
        Some(required) => required.boolean(&mut cx.report),
        None => Some(false),
    };
    let kind = table.needed("type", &mut cx.report).and_then(|name| kind(&name, &table, cx));
    Some(FormField { name: name?, also: also?, kind: kind?, required: required? })
}

/// Reports a name that an earlier field has.
fn is_new(
    value: &Value<'_>,
    name: &str,
    names: &mut BTreeSet<String>,
    report: &mut Report<'_>,
) -> bool {
    let is_new = names.insert(name.to_ascii_lowercase());
    if !is_new {
        let message = format!("`{}` is the name of a field twice", clip(name));
        report.error(value.at(), message, "case does not matter; remove one of them");
    }
    is_new
}

fn also(
    value: &Value<'_>,
    names: &mut BTreeSet<String>,
    report: &mut Report<'_>,
) -> Option<Vec<String>> {
    let items = value.list_or_one(report)?;
    if items.is_empty() || items.len() > ALSO_MAX {
        report.error(value.at(), format!("`also` has from 1 to {ALSO_MAX} names"), "");
        return None;
    }
    let mut read = Vec::new();
    for item in &items {
        let text = item.words(ALSO_BYTES_MAX, report).map(|text| text.trim().to_owned());
        read.push(text.filter(|text| is_new(item, text, names, report)));
    }
    read.into_iter().collect()
}

fn kind<'d>(name: &Value<'d>, table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<FormKind> {
    let choices: Vec<(&str, Kind)> = FormKind::NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let kind = match *name {
                "text" => Kind::Text,
                "number" => Kind::Number,
                "integer" => Kind::Integer,
                "date" => Kind::Date,
                "birth_date" => Kind::BirthDate,
                "choice" => Kind::Choice,
                "consent_time" => Kind::ConsentTime,
                _ => Kind::Plain(at),
            };
            (*name, kind)
        })
        .collect();
    let kind = name.choice(&choices, &[], &mut cx.report)?;
    let allowed: &[&str] = match kind {
        Kind::Text => &["regex", "length"],
        Kind::Number | Kind::Integer | Kind::Date | Kind::BirthDate => &["min", "max"],
        Kind::Choice => &["in"],
        Kind::ConsentTime => &["max_age"],
        Kind::Plain(_) => &[],
    };
    let limits = ["min", "max", "in", "regex", "length", "max_age"];
    for key in limits.iter().filter(|key| !allowed.contains(key)) {
        if let Some(value) = table.value(key) {
            let message = format!("`{key}` of a field of the type `{}`", name.as_text()?);
            cx.report.error(value.key_at(), message, "remove it, or change the type");
            return None;
        }
    }
    match kind {
        Kind::Text => text(table, cx),
        Kind::Number => limits_of(table, cx, decimal).map(FormKind::Number),
        Kind::Integer => limits_of(table, cx, decimal).map(FormKind::Integer),
        Kind::Date => limits_of(table, cx, Value::date).map(FormKind::Date),
        Kind::BirthDate => limits_of(table, cx, age).map(FormKind::BirthDate),
        Kind::Choice => choices_of(table, &mut cx.report).map(FormKind::Choice),
        Kind::ConsentTime => {
            let age = table.needed("max_age", &mut cx.report)?;
            age.duration(CONSENT_AGES, &mut cx.report).map(FormKind::ConsentTime)
        }
        Kind::Plain(at) => plain(at),
    }
}

/// Returns a type that has no limits, by its place among the names.
fn plain(at: usize) -> Option<FormKind> {
    let kinds = [
        FormKind::Phone,
        FormKind::Email,
        FormKind::Zip,
        FormKind::State,
        FormKind::Bool,
        FormKind::Url,
        FormKind::Ip,
        FormKind::ConsentText,
        FormKind::TrustedForm,
        FormKind::Jornaya,
    ];
    let name = FormKind::NAMES.get(at)?;
    kinds.into_iter().find(|kind| kind.name() == *name)
}

fn text<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<FormKind> {
    let length = match table.value("length") {
        Some(value) => {
            let ends = value.each(&mut cx.report, |end, report| {
                end.whole(0..=VALUE_BYTES_MAX as u64, report)
            })?;
            match ends.as_slice() {
                [least, most] if least <= most => Some(*least..=*most),
                _ => {
                    let hint = "write the least and the largest number of characters: [2, 40]";
                    cx.report.error(value.at(), "`length` is not a range", hint);
                    return None;
                }
            }
        }
        None => None,
    };
    let pattern = match table.value("regex") {
        Some(regex) => Some(filters::pattern(&regex, &mut cx.patterns, &mut cx.report)?),
        None => None,
    };
    Some(FormKind::Text { length, pattern })
}

fn choices_of(table: &Table<'_>, report: &mut Report<'_>) -> Option<Vec<String>> {
    let value = table.needed("in", report)?;
    let mut seen = BTreeSet::new();
    let choices = value.each(report, |item, report| {
        let text = item.words(VALUE_BYTES_MAX, report)?;
        if !seen.insert(text.to_lowercase()) {
            let message = format!("`{}` is listed twice", clip(text));
            report.error(item.at(), message, "case does not matter; remove one of them");
            return None;
        }
        Some(text.to_owned())
    })?;
    if choices.is_empty() || choices.len() > CHOICES_MAX {
        report.error(value.at(), format!("`in` has from 1 to {CHOICES_MAX} items"), "");
        return None;
    }
    Some(choices)
}

/// Reads `min` and `max`.
fn limits_of<'d, 't, T: PartialOrd>(
    table: &Table<'d>,
    cx: &mut Context<'d, 't>,
    read: impl Fn(&Value<'d>, &mut Report<'t>) -> Option<T>,
) -> Option<Limits<T>> {
    let (min, max) = (table.value("min"), table.value("max"));
    let one = |value: Option<Value<'d>>, report: &mut Report<'t>| match value {
        Some(value) => read(&value, report).map(Some),
        None => Some(None),
    };
    let least = one(min, &mut cx.report);
    let most = one(max, &mut cx.report);
    let limits = Limits { min: least?, max: most? };
    if let (Some(least), Some(most), Some(value)) = (&limits.min, &limits.max, max)
        && least > most
    {
        cx.report.error(value.at(), "`max` is below `min`", "no value would be valid");
        return None;
    }
    Some(limits)
}

fn age(value: &Value<'_>, report: &mut Report<'_>) -> Option<u8> {
    value.whole(0..=AGE_MAX, report).and_then(|age| u8::try_from(age).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::parse;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::to_toml;

    fn offer(fields: &str) -> String {
        format!("[[offer]]\nid = \"x\"\nfields = [{fields}]")
    }

    #[test]
    fn every_type_is_read_and_written() {
        let fields = r#"{ name = "first_name", type = "text", length = [1, 40], regex = "^[^0-9]*$",
                also = ["fname", "First Name"], required = true },
            { name = "income", type = "number", min = 0, max = 1000000.5 },
            { name = "rooms", type = "integer", max = 20 },
            { name = "moving", type = "date", min = "2026-01-01" },
            { name = "dob", type = "birth_date", min = 18, max = 85 },
            { name = "phone", type = "phone", required = true }, { name = "email", type = "email" },
            { name = "zip", type = "zip" }, { name = "state", type = "state" },
            { name = "owner", type = "bool" }, { name = "kind", type = "choice", in = ["House", "Flat"] },
            { name = "page", type = "url" }, { name = "ip", type = "ip" },
            { name = "tcpa", type = "consent_text" },
            { name = "agreed", type = "consent_time", max_age = "30d" },
            { name = "cert", type = "trusted_form" }, { name = "leadid", type = "jornaya" }"#;
        let book = book(&offer(fields));
        let read = &book.offers[0].fields;
        let names: Vec<&str> = read.iter().map(|field| field.kind.name()).collect();
        let mut all: Vec<&str> = FormKind::NAMES.to_vec();
        all.sort_unstable();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, all);
        assert_eq!(read[0].also, ["fname", "First Name"]);
        assert_eq!(read[4].kind, FormKind::BirthDate(Limits { min: Some(18), max: Some(85) }));
        let again = parse("again", &to_toml(&book));
        assert_eq!(again.0.as_ref(), Some(&book), "{:?}", again.1);
    }

    #[test]
    fn faults() {
        for (field, expected) in [
            ("{ type = \"text\" }", "3:11: error: `name` is missing in `fields`"),
            ("{ name = \"a\" }", "3:11: error: `type` is missing in `fields`"),
            (
                "{ name = \"A\", type = \"text\" }",
                "3:20: error: `A` is not a field name: use a-z, 0-9 and _, a letter first, at \
                 most 40",
            ),
            (
                "{ name = \"a\", type = \"string\" }",
                "3:32: error: `type` cannot be `string` (use text, number, integer, date, \
                 birth_date, phone, email, zip, state, bool, choice, url, ip, consent_text, \
                 consent_time, trusted_form, jornaya)",
            ),
            (
                "{ name = \"a\", type = \"zip\", min = 1 }",
                "3:39: error: `min` of a field of the type `zip` (remove it, or change the type)",
            ),
            (
                "{ name = \"a\", type = \"integer\", min = 2, max = 1 }",
                "3:58: error: `max` is below `min` (no value would be valid)",
            ),
            (
                "{ name = \"a\", type = \"consent_time\" }",
                "3:11: error: `max_age` is missing in `fields`",
            ),
            ("{ name = \"a\", type = \"choice\" }", "3:11: error: `in` is missing in `fields`"),
            (
                "{ name = \"a\", type = \"choice\", in = [\"x\", \"X\"] }",
                "3:53: error: `X` is listed twice (case does not matter; remove one of them)",
            ),
            (
                "{ name = \"a\", type = \"text\", length = [3, 2] }",
                "3:49: error: `length` is not a range (write the least and the largest number of \
                 characters: [2, 40])",
            ),
            (
                "{ name = \"a\", type = \"text\", regex = \"(\" }",
                "3:48: error: `(` is not a pattern: unclosed group",
            ),
            (
                "{ name = \"a\", type = \"text\" }, { name = \"b\", type = \"text\", also = \"A\" }",
                "3:78: error: `A` is the name of a field twice (case does not matter; remove one \
                 of them)",
            ),
            (
                "{ name = \"a\", type = \"birth_date\", min = 200 }",
                "3:52: error: `min` must be from 0 to 130, not 200",
            ),
        ] {
            check(&offer(field), &[expected]);
        }
    }

    #[test]
    fn an_offer_has_a_bound() {
        let fields = |count: usize| {
            let one = |at: usize| format!("{{ name = \"f{at}\", type = \"text\" }}");
            offer(&(0..count).map(one).collect::<Vec<_>>().join(", "))
        };
        assert_eq!(book(&fields(50)).offers[0].fields.len(), 50);
        check(&fields(51), &["3:10: error: `fields` has over 50 items"]);
    }
}
