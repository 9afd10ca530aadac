//! Reads `caps = { hour, day, week, month, total, concurrent }`.

use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::CapLimits;
use crate::book::Pacing;

use super::budget;
use super::context::Context;

const KEYS: &[&str] = &["hour", "day", "week", "month", "total", "concurrent", "budget", "pacing"];
const PACINGS: &[(&str, Pacing)] = &[("asap", Pacing::Asap), ("even", Pacing::Even)];

/// Largest cap, so that sums of caps do not overflow.
const CAP_MAX: u64 = 1_000_000_000_000;

/// Reads the `caps` of a noun; no limits if absent.
pub(super) fn read<'d>(noun: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<CapLimits> {
    let Some(caps) = noun.value("caps") else {
        return Some(CapLimits::NONE);
    };
    let table = caps.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let budget = budget::read(&table, cx);
    let pacing = pacing(&table, cx);
    let mut whole = true;
    let mut cap = |key: &str| limit(&table, key, &mut whole, cx);
    let limits = CapLimits {
        hour: cap("hour"),
        day: cap("day"),
        week: cap("week"),
        month: cap("month"),
        total: cap("total"),
        concurrent: cap("concurrent"),
        budget: budget?,
        pacing: pacing?,
    };
    whole.then_some(limits)
}

/// Reads a limit of a window, which may be absent. Clears `whole` if it cannot be read.
pub(super) fn limit(
    table: &Table<'_>,
    key: &str,
    whole: &mut bool,
    cx: &mut Context<'_, '_>,
) -> Option<u64> {
    let limit = table.value(key)?.whole(0..=CAP_MAX, &mut cx.report);
    *whole &= limit.is_some();
    limit
}

/// Reads `pacing`. It needs a cap per day, whose units it spreads.
fn pacing(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Pacing> {
    let Some(value) = table.value("pacing") else { return Some(Pacing::Asap) };
    let pacing: Pacing = Value::choice(&value, PACINGS, &[], &mut cx.report)?;
    if pacing == Pacing::Even && table.value("day").is_none() {
        let hint = "add `day`: pacing spreads its units over the open hours";
        cx.report.error(value.key_at(), "`pacing` needs a cap per day", hint);
        return None;
    }
    Some(pacing)
}
