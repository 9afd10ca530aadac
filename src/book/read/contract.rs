//! `[[contract]]`

use std::time::Duration;

use crate::base::BuyerId;
use crate::base::OfferId;
use crate::base::table::Later;
use crate::base::table::Report;
use crate::base::table::Table;
use crate::base::table::Value;
use crate::book::Channel;
use crate::book::Channels;
use crate::book::Contract;
use crate::book::Destination;
use crate::book::Filters;
use crate::book::Schedule;
use crate::book::Tier;

use super::caps;
use super::context::Context;
use super::destination;
use super::filters;
use super::money;
use super::names::Noun;
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
    "filters",
    "schedule",
    "caps",
    "destination",
    "enabled",
];
const LATER: &[Later] =
    &[Later { key: "delivery", remedy: "remove it; form leads are routed but not delivered yet" }];

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
    table.check_keys(KEYS, LATER, &mut cx.report);
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
    let filters = table
        .value("filters")
        .map_or_else(|| Some(Filters::default()), |value| filters::read(&value, cx));
    let schedule = schedule_of(table, cx);
    let caps = caps::read(table, &mut cx.report);
    let destination = destination_of(table, channels, cx);
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
        filters: filters?,
        schedule: schedule?,
        caps: caps?,
        destination: destination?,
        enabled: enabled?,
    })
}

/// Buyer and offer; no two contracts have the same pair.
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
        let hint = format!("see line {}; put both into one", report.line(*first));
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

/// The outer `None` is a fault, the inner one a contract that is always open.
fn schedule_of(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Option<Schedule>> {
    let Some(value) = table.value("schedule") else {
        return Some(None);
    };
    schedule::read(&value, &mut cx.report).map(Some)
}

/// The outer `None` is a fault, the inner one a contract without calls.
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
