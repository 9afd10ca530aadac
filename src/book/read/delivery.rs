//! Reads `delivery = { post, later, timeout, ping, … }`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::InvalidPercent;
use crate::base::Percent;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::CallerId;
use crate::book::Channel;
use crate::book::Channels;
use crate::book::Delivery;
use crate::book::DeliveryWay;
use crate::book::Exchange;
use crate::book::Later;
use crate::book::LeadToken;
use crate::book::LeadValue;
use crate::book::Ping;
use crate::book::is_personal;

use super::context::Context;
use super::exchange;
use super::exchange::Unlisted;
use super::later;
use super::money;
use super::status;

const KEYS: &[&str] = &["post", "later", "email", "sheet", "timeout", "ping", "status"];
/// Keys that make no sense without `post`.
const POST_KEYS: &[&str] = &["post", "later", "ping"];
const PING_KEYS: &[&str] = &["url", "max", "counts"];

const TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

/// Reads the delivery of a contract. The outer `None` is a fault.
pub(super) fn of<'d>(
    table: &Table<'d>,
    channels: Option<Channels>,
    cx: &mut Context<'d, '_>,
) -> Option<Option<Delivery>> {
    let Some(value) = table.value("delivery") else {
        return Some(None);
    };
    if channels.is_some_and(|channels| !channels.contains(Channel::Form)) {
        let message = "`delivery` of a contract that takes no form leads";
        cx.report.warning(value.key_at(), message, "add \"form\" to its `channels`");
    }
    read(&value, cx).map(Some)
}

fn read<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Delivery> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(&[KEYS, exchange::KEYS].concat(), &[], &mut cx.report);
    let way = way(&table, cx);
    let timeout = match table.value("timeout") {
        Some(value) => value.duration(TIMEOUT, &mut cx.report),
        None => Some(Delivery::TIMEOUT),
    };
    let ping = match table.value("ping") {
        Some(value) => ping(&value, Unlisted::Partial, &[], cx).and_then(|ping| {
            check_partial(&ping.ask, CallerId::Hidden, &value, &mut cx.report)?;
            Some(Some(ping))
        }),
        None => Some(None),
    };
    let status = match table.value("status") {
        Some(value) => status::read(&value, cx).map(Some),
        None => Some(None),
    };
    let (ping, status) = (ping?.map(Box::new), status?.map(Box::new));
    Some(Delivery { way: way?, timeout: timeout?, ping, status })
}

/// Reads how, and when, leads are delivered.
fn way<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<DeliveryWay> {
    let later = match (table.value("email"), table.value("sheet")) {
        (None, None) => return posted(table, cx),
        (Some(_), Some(sheet)) => {
            cx.report.error(sheet.key_at(), "`sheet` beside `email`", "make two contracts");
            return None;
        }
        (Some(email), None) => {
            check_alone(table, &email, &mut cx.report)?;
            later::email(&email, &mut cx.report)
        }
        (None, Some(sheet)) => {
            check_alone(table, &sheet, &mut cx.report)?;
            later::sheet(&sheet, cx)
        }
    };
    later.map(DeliveryWay::Later)
}

/// Reports keys of a post beside another way.
fn check_alone(table: &Table<'_>, way: &Value<'_>, report: &mut Report<'_>) -> Option<()> {
    let keys = POST_KEYS.iter().chain(exchange::KEYS).filter_map(|key| table.value(key));
    let beside: Vec<Value<'_>> = keys.collect();
    for key in &beside {
        let message = format!("`{}` beside `{}`", key.key(), way.key());
        report.error(key.key_at(), message, "remove one of them");
    }
    beside.is_empty().then_some(())
}

/// Reads a post, before or after the sale.
fn posted<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<DeliveryWay> {
    let post = exchange::read(table, "post", Unlisted::All, cx);
    let later = match table.value("later") {
        Some(value) => value.boolean(&mut cx.report)?,
        None => false,
    };
    if let Some(ping) = table.value("ping").filter(|_| later) {
        let hint = "remove one of them: in an auction, the answer to the post decides the sale";
        cx.report.error(ping.key_at(), "`ping` beside `later`", hint);
        return None;
    }
    let post = Box::new(post?);
    Some(if later { DeliveryWay::Later(Later::Post(post)) } else { DeliveryWay::Post(post) })
}

/// Reads how a buyer is asked for a bid: a URL, or a table, which may have further keys.
pub(super) fn ping<'d>(
    value: &Value<'d>,
    unlisted: Unlisted,
    further: &[&str],
    cx: &mut Context<'d, '_>,
) -> Option<Ping> {
    if value.as_text().is_some() {
        let ask = exchange::plain(value, unlisted, cx)?;
        return Some(Ping { ask, max: None, counts: Percent::WHOLE });
    }
    let table = value.table(&mut cx.report)?;
    table.check_keys(&[PING_KEYS, exchange::KEYS, further].concat(), &[], &mut cx.report);
    let ask = exchange::read(&table, "url", unlisted, cx);
    let max = match table.value("max") {
        Some(value) => money::read(&value, cx).map(Some),
        None => Some(None),
    };
    let counts = match table.value("counts") {
        Some(value) => counts(&value, &mut cx.report),
        None => Some(Percent::WHOLE),
    };
    Some(Ping { ask: ask?, max: max?, counts: counts? })
}

/// Reads the share of a bid that is compared: above 0 %.
fn counts(value: &Value<'_>, report: &mut Report<'_>) -> Option<Percent> {
    value.parse_by(
        |text| {
            let share: Percent = text.parse().map_err(|error: InvalidPercent| error.to_string())?;
            if share == Percent::ZERO {
                return Err("`counts` must be above 0%".to_owned());
            }
            Ok(share)
        },
        report,
    )
}

/// Reports what a ping must not send: who the person is, and what is known only after it.
pub(super) fn check_partial(
    ask: &Exchange,
    caller_id: CallerId,
    value: &Value<'_>,
    report: &mut Report<'_>,
) -> Option<()> {
    for token in ask.tokens() {
        let (fault, hint) = match token {
            LeadToken::Field(name, forms) => {
                let is_hashed = forms.last().is_some_and(|form| form.is_hash());
                let is_shown = caller_id == CallerId::Exposed && name.as_str() == "phone";
                if is_hashed || is_shown || !is_personal(name.as_str()) {
                    continue;
                }
                ("which identifies the person", "send its hash, such as {field.phone.sha256}")
            }
            LeadToken::Of(LeadValue::PingId) => {
                ("which is known after the ping", "use it in the post")
            }
            LeadToken::Of(LeadValue::Price) => ("which is known after the ping", "remove it"),
            LeadToken::Of(_) | LeadToken::Secret(_) => continue,
        };
        report.error(value.at(), format!("the ping sends `{{{token}}}`, {fault}"), hint);
        return None;
    }
    Some(())
}

#[cfg(test)]
mod tests;
