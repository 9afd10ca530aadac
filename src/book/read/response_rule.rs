//! Reads `response = { format, verdict, accepted, rejected, duplicate, error, otherwise, reason, … }`.

use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::base::tree::TreePath;
use crate::book::AnswerFormat;
use crate::book::AnswerPart;
use crate::book::Judge;
use crate::book::Mark;
use crate::book::MarkTest;
use crate::book::Marks;
use crate::book::Otherwise;
use crate::book::ResponseRule;

use super::context::Context;
use super::filters;

const KEYS: &[&str] = &[
    "format",
    "verdict",
    "accepted",
    "rejected",
    "duplicate",
    "error",
    "otherwise",
    "reason",
    "reason_default",
    "price",
    "reference",
    "redirect",
    "expires",
    "destination",
    "duration",
];
/// Keys that need marks.
const OF_MARKS: &[&str] = &["rejected", "duplicate", "error", "otherwise"];
const MARK_KEYS: &[&str] = &["path", "is", "words", "regex", "present", "status"];
const TESTS: &[&str] = &["is", "words", "regex", "present"];
const PART_KEYS: &[&str] = &["path", "regex"];

/// Most marks of one meaning.
const MARKS_MAX: usize = 20;
/// Most texts of one mark, and most places of one part.
const LIST_MAX: usize = 20;
/// Longest text, in bytes.
const TEXT_BYTES_MAX: usize = 200;

/// Reads the response rule of a delivery.
pub(super) fn read<'d>(delivery: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<ResponseRule> {
    let Some(value) = delivery.value("response") else {
        return Some(ResponseRule::default());
    };
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let format = match table.value("format") {
        Some(name) => name.choice(AnswerFormat::ALL, &[], &mut cx.report).map(Some),
        None => Some(None),
    };
    let judge = judge(&table, cx);
    let reason = parts("reason", &table, cx);
    let reason_default = match table.value("reason_default") {
        Some(text) => text.words(TEXT_BYTES_MAX, &mut cx.report).map(|text| Some(text.to_owned())),
        None => Some(None),
    };
    let price = parts("price", &table, cx);
    let reference = parts("reference", &table, cx);
    let redirect = parts("redirect", &table, cx);
    let expires = parts("expires", &table, cx);
    let destination = parts("destination", &table, cx);
    let duration = parts("duration", &table, cx);
    Some(ResponseRule {
        format: format?,
        judge: judge?,
        reason: reason?,
        reason_default: reason_default?,
        price: price?,
        reference: reference?,
        redirect: redirect?,
        expires: expires?,
        destination: destination?,
        duration: duration?,
    })
}

fn judge<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Judge> {
    let gives = match table.value("verdict") {
        Some(value) => value.boolean(&mut cx.report)?,
        None => true,
    };
    let accepted = table.value("accepted");
    if !gives {
        let marks = ["accepted"].iter().chain(OF_MARKS);
        if let Some(mark) = marks.filter_map(|key| table.value(key)).next() {
            let message = format!("`{}` beside `verdict = false`", mark.key());
            cx.report.error(mark.key_at(), message, "remove one of them");
            return None;
        }
        return Some(Judge::Nothing);
    }
    let Some(accepted) = accepted else {
        if let Some(mark) = OF_MARKS.iter().find_map(|key| table.value(key)) {
            let message = format!("`{}` without `accepted`", mark.key());
            let hint = "say which answers accept a lead; no other lead counts as sold";
            cx.report.error(mark.key_at(), message, hint);
            return None;
        }
        return Some(Judge::Words);
    };
    let accepted = marks(&accepted, cx);
    let mut others = ["error", "duplicate", "rejected"].map(|key| match table.value(key) {
        Some(value) => marks(&value, cx),
        None => Some(Vec::new()),
    });
    let otherwise = match table.value("otherwise") {
        Some(name) => name.choice(Otherwise::ALL, &[], &mut cx.report),
        None => Some(Otherwise::default()),
    };
    let [error, duplicate, rejected] = others.each_mut().map(Option::take);
    let marks = Marks {
        error: error?,
        duplicate: duplicate?,
        rejected: rejected?,
        accepted: accepted?,
        otherwise: otherwise?,
    };
    Some(Judge::Marks(Box::new(marks)))
}

/// Reads the marks of one meaning: one, or a list.
pub(super) fn marks<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Vec<Mark>> {
    let items = one_or_list(value, cx)?;
    if items.is_empty() || items.len() > MARKS_MAX {
        let message = format!("`{}` has from 1 to {MARKS_MAX} marks", value.key());
        cx.report.error(value.at(), message, "");
        return None;
    }
    let read: Vec<Option<Mark>> = items.iter().map(|item| mark(item, cx)).collect();
    read.into_iter().collect()
}

/// Returns the items of a list, or a single table as a list of one.
fn one_or_list<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Vec<Value<'d>>> {
    if value.is_table() || value.as_text().is_some() {
        return Some(vec![*value]);
    }
    value.list(&mut cx.report)
}

fn mark<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Mark> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(MARK_KEYS, &[], &mut cx.report);
    if let Some(status) = table.value("status") {
        if let Some(other) = table.values().find(|other| other.key() != "status") {
            let message = format!("`{}` beside `status`", other.key());
            cx.report.error(other.key_at(), message, "make two marks");
            return None;
        }
        return statuses(&status, &mut cx.report).map(Mark::Status);
    }
    let path = match table.value("path") {
        Some(path) => path.parse::<TreePath>(&mut cx.report).map(Some),
        None => Some(None),
    };
    let given: Vec<Value<'_>> = TESTS.iter().filter_map(|key| table.value(key)).collect();
    let test = match given.as_slice() {
        [one] => test(one, path.as_ref().is_some_and(Option::is_some), cx),
        [] => {
            let hint = "give one of is, words, regex, present, or status";
            cx.report.error(value.at(), format!("`{}` has no test", value.key()), hint);
            None
        }
        [first, second, ..] => {
            let message = format!("`{}` beside `{}`", second.key(), first.key());
            cx.report.error(second.key_at(), message, "make two marks: any of them counts");
            None
        }
    };
    Some(Mark::Text { path: path?, test: test? })
}

fn statuses(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<u16>> {
    let one = |value: &Value<'_>, report: &mut Report<'_>| {
        value.whole(200..=499, report).and_then(|status| u16::try_from(status).ok())
    };
    if value.is_number() {
        return one(value, report).map(|status| vec![status]);
    }
    let statuses = value.each(report, |item, report| one(&item, report))?;
    bounded(value, statuses, report)
}

fn test<'d>(value: &Value<'d>, has_path: bool, cx: &mut Context<'d, '_>) -> Option<MarkTest> {
    match value.key() {
        "is" => texts(value, &mut cx.report).map(MarkTest::Is),
        "words" => {
            let phrases = texts(value, &mut cx.report)?;
            let is_phrase = |text: &&String| !text.chars().any(char::is_alphanumeric);
            if let Some(text) = phrases.iter().find(is_phrase) {
                let message = format!("`{text}` has no word");
                cx.report.error(value.at(), message, "use `is` or `regex` for signs");
                return None;
            }
            Some(MarkTest::Words(phrases))
        }
        "regex" => {
            value.words(TEXT_BYTES_MAX, &mut cx.report)?;
            filters::pattern(value, &mut cx.patterns, &mut cx.report).map(MarkTest::Matches)
        }
        _ => {
            let present = value.boolean(&mut cx.report)?;
            if !present || !has_path {
                let hint = "write { path = \"…\", present = true }";
                cx.report.error(value.at(), "`present` is true, and needs a `path`", hint);
                return None;
            }
            Some(MarkTest::Present)
        }
    }
}

fn texts(value: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<String>> {
    let items = value.list_or_one(report)?;
    let mut read = Vec::new();
    for item in &items {
        read.push(item.words(TEXT_BYTES_MAX, report).map(str::to_owned));
    }
    let read = read.into_iter().collect::<Option<Vec<_>>>()?;
    bounded(value, read, report)
}

/// Returns a list that is neither empty nor too long.
fn bounded<T>(value: &Value<'_>, items: Vec<T>, report: &mut Report<'_>) -> Option<Vec<T>> {
    if (1..=LIST_MAX).contains(&items.len()) {
        return Some(items);
    }
    report.error(value.at(), format!("`{}` has from 1 to {LIST_MAX} items", value.key()), "");
    None
}

/// Reads where a part of the answer is: a path, `{ regex = … }`, or a list of them.
fn parts<'d>(key: &str, table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Vec<AnswerPart>> {
    let Some(value) = table.value(key) else {
        return Some(Vec::new());
    };
    let items = one_or_list(&value, cx)?;
    let read: Vec<Option<AnswerPart>> = items.iter().map(|item| part(item, cx)).collect();
    bounded(&value, read.into_iter().collect::<Option<Vec<_>>>()?, &mut cx.report)
}

fn part<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<AnswerPart> {
    if value.as_text().is_some() {
        return value.parse(&mut cx.report).map(AnswerPart::Path);
    }
    let table = value.table(&mut cx.report)?;
    table.check_keys(PART_KEYS, &[], &mut cx.report);
    match (table.value("path"), table.value("regex")) {
        (Some(path), None) => path.parse(&mut cx.report).map(AnswerPart::Path),
        (None, Some(regex)) => {
            regex.words(TEXT_BYTES_MAX, &mut cx.report)?;
            let read = filters::pattern(&regex, &mut cx.patterns, &mut cx.report);
            read.map(AnswerPart::Capture)
        }
        (Some(_), Some(_)) | (None, None) => {
            let hint = "write \"response.price\", or { regex = \"…(…)…\" }";
            let message = format!("`{}` is a path or a pattern", value.key());
            cx.report.error(value.at(), message, hint);
            None
        }
    }
}
