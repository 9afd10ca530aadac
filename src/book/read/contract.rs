//! Reads `[[contract]]`.

use std::time::Duration;

use crate::base::BuyerId;
use crate::base::OfferId;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::Channel;
use crate::book::Channels;
use crate::book::Contract;
use crate::book::Destination;
use crate::book::Filters;
use crate::book::Noun;
use crate::book::SaleRules;
use crate::book::Schedule;
use crate::book::Tier;

use super::auto_pause;
use super::bidder;
use super::caps;
use super::context::Context;
use super::conversion;
use super::delivery;
use super::destination;
use super::duplicate;
use super::filters;
use super::money;
use super::returns;
use super::schedule;

const KEYS: &[&str] = &[
    "id",
    "buyer",
    "offer",
    "channels",
    "tier",
    "priority",
    "weight",
    "price",
    "buffer",
    "conversion",
    "returns",
    "filters",
    "schedule",
    "caps",
    "duplicate",
    "auto_pause",
    "destination",
    "bidder",
    "delivery",
    "enabled",
];

const CHANNELS: &[(&str, Channel)] = &[("call", Channel::Call), ("form", Channel::Form)];
const TIERS: &[(&str, Tier)] = &[
    (Tier::Primary.name(), Tier::Primary),
    (Tier::Secondary.name(), Tier::Secondary),
    (Tier::Overflow.name(), Tier::Overflow),
    (Tier::Fallback.name(), Tier::Fallback),
];

/// Largest priority and weight.
const RANK_MAX: u64 = 1_000_000;
const BUFFER_MAX: Duration = Duration::from_secs(3600);

pub(super) fn read<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Contract> {
    table.check_keys(KEYS, &[], &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let parties = parties(table, cx);
    let channels = table
        .value("channels")
        .map_or(Some(Channels::CALL), |list| channels(&list, &mut cx.report));
    let tier = table
        .value("tier")
        .map_or(Some(Tier::Primary), |tier| tier.choice(TIERS, &[], &mut cx.report));
    let priority = rank("priority", table, &mut cx.report);
    let weight = weight(table, parties.as_ref().map(|(_, offer)| offer), cx);
    let price = table.needed("price", &mut cx.report).and_then(|price| money::read(&price, cx));
    let buffer = table.value("buffer").map_or(Some(Duration::ZERO), |buffer| {
        buffer.duration(Duration::ZERO..=BUFFER_MAX, &mut cx.report)
    });
    let rules = rules(table, buffer, cx);
    let filters = table
        .value("filters")
        .map_or_else(|| Some(Filters::default()), |value| filters::read(&value, cx));
    let schedule = schedule_of(table, cx);
    let caps = caps::read(table, cx);
    let duplicate = duplicate::read(table, &mut cx.report);
    let takes_returns = table.value("returns").is_some();
    let auto_pause = table.value("auto_pause").map_or(Some(None), |rule| {
        auto_pause::read(&rule, takes_returns, &mut cx.report).map(Some)
    });
    let destination = destination_of(table, channels, cx);
    let bidder = bidder::of(table, channels, destination.as_ref().and_then(Option::as_ref), cx);
    let delivery = delivery::of(table, channels, cx);
    if let (Some((_, offer)), Some(Some(_))) = (&parties, &bidder)
        && !cx.auctions.contains(offer)
        && let Some(value) = table.value("bidder")
    {
        warn_of_bidder(&value, offer, cx);
    }
    if let (Some((_, offer)), Some(Some(delivery))) = (&parties, &delivery)
        && delivery.ping.is_some()
        && !cx.auctions.contains(offer)
    {
        warn_of_ping(table, offer, cx);
    }
    let enabled =
        table.value("enabled").map_or(Some(true), |enabled| enabled.boolean(&mut cx.report));
    let (buyer, offer) = parties?;
    Some(Contract {
        id: id?,
        buyer,
        offer,
        channels: channels?,
        tier: tier?,
        priority: priority?,
        weight: weight?,
        price: price?,
        buffer: buffer?,
        rules: rules?,
        filters: filters?,
        schedule: schedule?,
        caps: caps?,
        duplicate: duplicate?,
        auto_pause: auto_pause?,
        destination: destination?,
        bidder: bidder?.map(Box::new),
        delivery: delivery?.map(Box::new),
        enabled: enabled?,
    })
}

/// Reads what makes a sale billable, and which sales may be returned.
fn rules<'d>(
    table: &Table<'d>,
    buffer: Option<Duration>,
    cx: &mut Context<'d, '_>,
) -> Option<SaleRules> {
    let conversion = conversion::read(table, buffer, cx);
    let returns = match table.value("returns") {
        Some(value) => returns::read(&value, &mut cx.report).map(Some),
        None => Some(None),
    };
    Some(SaleRules { conversion: conversion?, returns: returns? })
}

/// Reads buyer and offer. A second contract with the same pair is a fault.
fn parties<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<(BuyerId, OfferId)> {
    let report = &mut cx.report;
    let buyer =
        table.needed("buyer", report).and_then(|id| cx.names.refer(Noun::Buyer, &id, report));
    let offer =
        table.needed("offer", report).and_then(|id| cx.names.refer(Noun::Offer, &id, report));
    let pair: (BuyerId, OfferId) = (buyer?, offer?);
    if let Some(first) = cx.pairs.get(&pair) {
        let (buyer, offer) = &pair;
        let message = format!("buyer `{buyer}` already has a contract for offer `{offer}`");
        let hint = format!("see {}; put both into one", report.name(*first));
        report.error(table.at(), message, hint);
    } else {
        cx.pairs.insert(pair.clone(), table.at());
    }
    Some(pair)
}

fn channels(list: &Value<'_>, report: &mut Report<'_>) -> Option<Channels> {
    let channels = list.each(report, |item, report| item.choice(CHANNELS, &[], report))?;
    let channels: Channels = channels.into_iter().collect();
    if channels.is_empty() {
        report.error(list.at(), "`channels` is empty", "to switch a contract off: enabled = false");
        return None;
    }
    Some(channels)
}

fn rank(key: &str, table: &Table<'_>, report: &mut Report<'_>) -> Option<u32> {
    let Some(value) = table.value(key) else {
        return Some(1);
    };
    value.whole(0..=RANK_MAX, report).and_then(|rank| u32::try_from(rank).ok())
}

fn weight(table: &Table<'_>, offer: Option<&OfferId>, cx: &mut Context<'_, '_>) -> Option<u32> {
    let weight = rank("weight", table, &mut cx.report)?;
    if let Some(offer) = offer.filter(|offer| weight == 0 && cx.weighted.contains(*offer)) {
        let at = table.value("weight").map_or(table.at(), |value| value.at());
        let message = format!("weight 0 gets nothing of offer `{offer}`, which goes by weight");
        cx.report.error(at, message, "to switch a contract off: enabled = false");
    }
    Some(weight)
}

/// Warns of a bidder that is never asked.
fn warn_of_ping(table: &Table<'_>, offer: &OfferId, cx: &mut Context<'_, '_>) {
    let delivery = table.value("delivery").filter(Value::is_table);
    let delivery = delivery.and_then(|delivery| delivery.table(&mut cx.report));
    if let Some(ping) = delivery.and_then(|delivery| delivery.value("ping")) {
        warn_of_bidder(&ping, offer, cx);
    }
}

fn warn_of_bidder(key: &Value<'_>, offer: &OfferId, cx: &mut Context<'_, '_>) {
    let name = key.key();
    let message = format!("`{name}` of a contract for offer `{offer}`, which is no auction");
    let hint = "add `strategy = \"auction\"` to the offer; until then no bid is asked for";
    cx.report.warning(key.key_at(), message, hint);
}

/// Reads the schedule. The outer `None` is a fault, the inner one means always open.
fn schedule_of(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Option<Schedule>> {
    let Some(value) = table.value("schedule") else {
        return Some(None);
    };
    schedule::read(&value, &mut cx.report).map(Some)
}

/// Reads the destination. The outer `None` is a fault, the inner one means a contract without
/// calls.
fn destination_of<'d>(
    table: &Table<'d>,
    channels: Option<Channels>,
    cx: &mut Context<'d, '_>,
) -> Option<Option<Destination>> {
    if let Some(value) = table.value("destination") {
        return destination::read(&value, cx).map(Some);
    }
    if channels.is_some_and(|channels| channels.contains(Channel::Call)) {
        let message = format!("`destination` is missing in {}", table.name());
        let hint =
            "say where its calls go: { sip = \"sip:…\" } or { phone = \"+1…\", trunk = \"…\" }";
        cx.report.error(table.at(), message, hint);
        return None;
    }
    Some(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    const SIP: &str = r#"destination = { sip = "sip:x" }"#;

    #[test]
    fn missing_keys_have_defaults() {
        let book = book(&format!("[[contract]]\n{}", contract(SIP)));
        let contract = &book.contracts[0];
        assert_eq!(contract.channels, Channels::CALL);
        assert_eq!((contract.tier, contract.priority, contract.weight), (Tier::Primary, 1, 1));
        assert_eq!(contract.buffer, Duration::ZERO);
        assert_eq!(contract.filters, Filters::default());
        assert_eq!(contract.schedule, None);
        assert!(contract.enabled);
        assert_eq!(contract.price.micros(), 3_000_000);
    }

    #[test]
    fn forms_alone_need_no_destination() {
        let book = book(&format!("[[contract]]\n{}", contract(r#"channels = ["form"]"#)));
        assert!(!book.contracts[0].channels.contains(Channel::Call));
        assert!(book.contracts[0].channels.contains(Channel::Form));
    }

    #[test]
    fn faults() {
        for (keys, expected) in [
            (
                "",
                "1:1: error: `destination` is missing in contract `c` (say where its calls go: { \
                 sip = \"sip:…\" } or { phone = \"+1…\", trunk = \"…\" })",
            ),
            (
                "channels = []",
                "3:12: error: `channels` is empty (to switch a contract off: enabled = false)",
            ),
            (
                r#"channels = ["call", "phone"]"#,
                "3:21: error: `channels` cannot be `phone` (use call, form)",
            ),
            (
                r#"channels = "call""#,
                "3:12: error: `channels` must be a list, not a string (put it in brackets: \
                 [\"call\"])",
            ),
            (
                r#"tier = "first""#,
                "3:8: error: `tier` cannot be `first` (use primary, secondary, overflow, \
                 fallback)",
            ),
            ("priority = -1", "3:12: error: `priority` must be from 0 to 1000000, not -1"),
            (
                "weight = 1.5",
                "3:10: error: `weight` must be a whole number from 0 to 1000000, not a number",
            ),
            (r#"buffer = "2h""#, "3:10: error: `buffer` must be from 0s to 1h, not 2h"),
        ] {
            let destination = if keys.is_empty() { "" } else { SIP };
            check(&format!("[[contract]]\n{destination}\n{}", contract(keys)), &[expected]);
        }
    }

    #[test]
    fn faults_across_nouns() {
        const FORM: &str = r#"channels = ["form"]"#;
        const PRICE: &str = r#"price = { amount = "3.00", currency = "USD" }"#;
        let head = ["[[contract]]", r#"id = "c""#];
        let unknown = [r#"buyer = "acmee""#, r#"offer = "solar""#, PRICE, FORM];
        let unknown = [head.as_slice(), &unknown].concat().join("\n");
        check(
            &unknown,
            &[
                "3:9: error: buyer `acmee` is unknown (did you mean `acme`?)",
                "4:9: error: offer `solar` is unknown (declare it in a [[offer]], or name one \
                 that is)",
            ],
        );
        let again = [r#"buyer = "acme""#, r#"offer = "shares""#, "weight = 0", PRICE, FORM];
        let again = [head.as_slice(), &again].concat().join("\n");
        check(
            &again,
            &[
                "5:10: error: weight 0 gets nothing of offer `shares`, which goes by weight (to \
                 switch a contract off: enabled = false)",
                "26:9: error: buyer `acme` already has a contract for offer `shares` (see line 1; \
                 put both into one)",
            ],
        );
    }

    #[test]
    fn every_missing_key_is_reported() {
        check(
            "[[contract]]",
            &[
                "1:1: error: `id` is missing in this contract",
                "1:1: error: `buyer` is missing in this contract",
                "1:1: error: `offer` is missing in this contract",
                "1:1: error: `price` is missing in this contract",
                "1:1: error: `destination` is missing in this contract (say where its calls go: { \
                 sip = \"sip:…\" } or { phone = \"+1…\", trunk = \"…\" })",
            ],
        );
    }
}
