//! `[[number]]`

use crate::base::Phone;
use crate::base::table::Table;
use crate::book::Number;

use super::context::Context;
use super::names::Noun;

const KEYS: &[&str] = &["number", "offer", "source", "flow"];

pub(super) fn read<'d>(table: Table<'d>, cx: &mut Context<'d, '_>) -> Option<Number> {
    let table = match table.value("number").and_then(|number| number.as_text()) {
        Some(number) => table.named(format!("number `{number}`")),
        None => table.named("this number".to_owned()),
    };
    table.check_keys(KEYS, &[], &mut cx.report);
    let number = number(&table, cx);
    let (names, report) = (&cx.names, &mut cx.report);
    let offer = table.needed("offer", report).and_then(|id| names.refer(Noun::Offer, &id, report));
    let source =
        table.needed("source", report).and_then(|id| names.refer(Noun::Source, &id, report));
    let flow = table.needed("flow", report).and_then(|flow| flow.parse(report));
    Some(Number { number: number?, offer: offer?, source: source?, flow: flow? })
}

fn number(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Phone> {
    let value = table.needed("number", &mut cx.report)?;
    let number: Phone = value.parse(&mut cx.report)?;
    if let Some(first) = cx.numbers.get(&number) {
        // Written out, not redacted: it is the operator's own number, in the operator's file.
        let message = format!("{} is declared twice", number.e164());
        let hint = format!("the first is on line {}", cx.report.line(*first));
        cx.report.error(value.at(), message, hint);
        return None;
    }
    cx.numbers.insert(number.clone(), value.at());
    Some(number)
}
