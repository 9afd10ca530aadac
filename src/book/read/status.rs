//! Reads `status = { url, converted, contacted, lost, returned, interval, for, … }` of a delivery.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::Judge;
use crate::book::Mark;
use crate::book::StatusAsk;

use super::context::Context;
use super::exchange;
use super::exchange::Unlisted;
use super::response_rule;

const KEYS: &[&str] = &["url", "converted", "contacted", "lost", "returned", "interval", "for"];
const INTERVAL: RangeInclusive<Duration> = Duration::from_secs(300)..=Duration::from_secs(86_400);
const WITHIN: RangeInclusive<Duration> =
    Duration::from_secs(86_400)..=Duration::from_secs(90 * 86_400);

/// Reads how a buyer is asked what became of a lead.
pub(super) fn read<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<StatusAsk> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(&[KEYS, exchange::KEYS].concat(), &[], &mut cx.report);
    let ask = exchange::read(&table, "url", Unlisted::Nothing, cx);
    let converted = table.needed("converted", &mut cx.report);
    let converted = converted.and_then(|value| response_rule::marks(&value, cx));
    let mut marks = |key: &str| -> Option<Vec<Mark>> {
        table.value(key).map_or(Some(Vec::new()), |value| response_rule::marks(&value, cx))
    };
    let (contacted, lost, returned) = (marks("contacted"), marks("lost"), marks("returned"));
    let interval = duration(&table, "interval", INTERVAL, StatusAsk::INTERVAL, cx);
    let within = duration(&table, "for", WITHIN, StatusAsk::WITHIN, cx);
    let ask = ask?;
    if ask.response.judge != Judge::Words {
        let message = "`response` of `status` gives a verdict";
        let hint = "write the marks as `converted`, `contacted`, `lost`, and `returned`";
        cx.report.error(value.at(), message, hint);
        return None;
    }
    Some(StatusAsk {
        ask,
        converted: converted?,
        contacted: contacted?,
        lost: lost?,
        returned: returned?,
        interval: interval?,
        within: within?,
    })
}

fn duration<'d>(
    table: &Table<'d>,
    key: &str,
    range: RangeInclusive<Duration>,
    default: Duration,
    cx: &mut Context<'d, '_>,
) -> Option<Duration> {
    match table.value(key) {
        Some(value) => value.duration(range, &mut cx.report),
        None => Some(default),
    }
}
