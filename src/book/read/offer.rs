//! Reads `[[offer]]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::toml::Table;
use crate::book::AuctionRules;
use crate::book::Dq;
use crate::book::Offer;
use crate::book::Ring;
use crate::book::Strategy;

use super::caps;
use super::context::Context;
use super::dq;
use super::duplicate;
use super::form_field;
use super::money;

const KEYS: &[&str] = &[
    "id",
    "strategy",
    "auction",
    "ring",
    "ring_width",
    "ring_timeout",
    "caps",
    "duplicate",
    "share",
    "bill_silent",
    "show_buyer",
    "fields",
    "dq",
];

const AUCTION_KEYS: &[&str] = &["window", "floor"];
/// Time for bids.
const WINDOW: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_secs(2);

const STRATEGIES: &[(&str, Strategy)] = &[
    ("priority", Strategy::Priority),
    ("weighted", Strategy::Weighted),
    ("round_robin", Strategy::RoundRobin),
    ("highest_price", Strategy::HighestPrice),
    ("performance", Strategy::Performance),
    ("auction", Strategy::Auction),
];

/// Minimum number of picks in a simultaneous ring.
const WIDTH_MIN: u8 = 2;
/// Maximum number of picks in a simultaneous ring.
const WIDTH_MAX: u8 = 10;
/// Default number of picks in a simultaneous ring.
const WIDTH: u8 = 3;

/// Maximum number of buyers per form lead.
const SHARE_MAX: u64 = 10;

const RING_TIMEOUT_MIN: Duration = Duration::from_secs(1);
const RING_TIMEOUT_MAX: Duration = Duration::from_secs(180);
/// Default ring time of an attempt: about four rings.
const RING_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) fn read<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Offer> {
    table.check_keys(KEYS, &[], &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let strategy = match table.value("strategy") {
        Some(name) => name.choice(STRATEGIES, &[], &mut cx.report),
        None => Some(Strategy::Priority),
    };
    let auction = auction(table, strategy, cx);
    let ring = ring(table, cx);
    let ring_timeout = match table.value("ring_timeout") {
        Some(time) => time.duration(RING_TIMEOUT_MIN..=RING_TIMEOUT_MAX, &mut cx.report),
        None => Some(RING_TIMEOUT),
    };
    let caps = caps::read(table, cx);
    let duplicate = duplicate::read(table, &mut cx.report);
    let share = table.value("share").map_or(Some(1), |share| {
        share.whole(1..=SHARE_MAX, &mut cx.report).and_then(|share| u8::try_from(share).ok())
    });
    let show_buyer = table.value("show_buyer");
    let show_buyer = show_buyer.map_or(Some(false), |show| show.boolean(&mut cx.report));
    let bill_silent = match table.value("bill_silent") {
        Some(bills) => bills.boolean(&mut cx.report),
        None => Some(true),
    };
    let fields = form_field::read(table, cx);
    let (dq, dq_at) = match table.value("dq") {
        Some(dq) => (dq::read(&dq, cx), dq.at()),
        None => (Some(Dq::Reject), table.at()),
    };
    let id: crate::base::OfferId = id?;
    if let Some(Dq::Offer(next)) = &dq {
        cx.hand_overs.insert(id.clone(), (next.clone(), dq_at));
    }
    if strategy == Some(Strategy::Weighted) {
        cx.weighted.insert(id.clone());
    }
    if strategy == Some(Strategy::Auction) {
        cx.auctions.insert(id.clone());
    }
    Some(Offer {
        id,
        strategy: strategy?,
        auction: auction?,
        ring: ring?,
        ring_timeout: ring_timeout?,
        caps: caps?,
        duplicate: duplicate?,
        share: share?,
        bill_silent: bill_silent?,
        show_buyer: show_buyer?,
        fields: fields?,
        dq: dq?,
    })
}

/// Reads how bids are taken.
fn auction<'d>(
    table: &Table<'d>,
    strategy: Option<Strategy>,
    cx: &mut Context<'d, '_>,
) -> Option<AuctionRules> {
    let Some(value) = table.value("auction") else {
        return Some(AuctionRules::default());
    };
    if strategy.is_some_and(|strategy| strategy != Strategy::Auction) {
        let message = "`auction` of an offer that is no auction";
        cx.report.error(value.key_at(), message, "add `strategy = \"auction\"`, or remove it");
        return None;
    }
    let table = value.table(&mut cx.report)?;
    table.check_keys(AUCTION_KEYS, &[], &mut cx.report);
    let window = match table.value("window") {
        Some(window) => window.duration(WINDOW, &mut cx.report),
        None => Some(AuctionRules::WINDOW),
    };
    let floor = match table.value("floor") {
        Some(floor) => money::read(&floor, cx).map(Some),
        None => Some(None),
    };
    Some(AuctionRules { window: window?, floor: floor? })
}

/// Whether picks ring one by one or together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Sequential,
    Simultaneous,
}

fn ring(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Ring> {
    const MANNERS: &[(&str, Manner)] =
        &[("sequential", Manner::Sequential), ("simultaneous", Manner::Simultaneous)];
    let manner = match table.value("ring") {
        Some(manner) => manner.choice(MANNERS, &[], &mut cx.report),
        None => Some(Manner::Sequential),
    };
    let width = match table.value("ring_width") {
        Some(width) => {
            if manner == Some(Manner::Sequential) {
                let hint = "add `ring = \"simultaneous\"`, or remove it";
                cx.report.error(width.key_at(), "`ring_width` without simultaneous ring", hint);
            }
            let width = width.whole(WIDTH_MIN.into()..=WIDTH_MAX.into(), &mut cx.report)?;
            u8::try_from(width).ok()
        }
        None => Some(WIDTH),
    };
    Some(match manner? {
        Manner::Sequential => Ring::Sequential,
        Manner::Simultaneous => Ring::Simultaneous { width: width? },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    const DQ: &str = r#"dq = { recording = "sorry" }"#;

    #[test]
    fn strategies_and_rings() {
        let offer = |keys: &str| {
            let book = book(&format!("[[offer]]\nid = \"x\"\n{DQ}\n{keys}"));
            let offer = &book.offers[0];
            (offer.strategy, offer.ring, offer.ring_timeout.as_secs())
        };
        assert_eq!(offer(""), (Strategy::Priority, Ring::Sequential, 20));
        assert_eq!(
            offer("strategy = \"highest_price\"\nring = \"simultaneous\"\nring_timeout = \"1m\""),
            (Strategy::HighestPrice, Ring::Simultaneous { width: 3 }, 60)
        );
        let bills = |keys: &str| {
            book(&format!("[[offer]]\nid = \"x\"\n{DQ}\n{keys}")).offers[0].bill_silent
        };
        assert_eq!((bills(""), bills("bill_silent = false")), (true, false));
        let auction = |keys: &str| {
            let keys = format!("strategy = \"auction\"\n{keys}");
            book(&format!("[[offer]]\nid = \"x\"\n{DQ}\n{keys}")).offers[0].auction
        };
        assert_eq!(auction(""), AuctionRules::default());
        let read = auction(
            "auction = { window = \"2s\", floor = { amount = \"8.00\", currency = \"USD\" } }",
        );
        assert_eq!(read.window, Duration::from_secs(2));
        assert_eq!(read.floor.map(|floor| floor.micros()), Some(8_000_000));
        let wide = "strategy = \"round_robin\"\nring = \"simultaneous\"\nring_width = 10";
        assert_eq!(offer(wide), (Strategy::RoundRobin, Ring::Simultaneous { width: 10 }, 20));
    }

    #[test]
    fn faults() {
        for (keys, expected) in [
            (
                r#"strategy = "roundrobin""#,
                "4:12: error: `strategy` cannot be `roundrobin` (did you mean `round_robin`?)",
            ),
            (
                r#"strategy = "bids""#,
                "4:12: error: `strategy` cannot be `bids` (use priority, weighted, round_robin, \
                 highest_price, performance, auction)",
            ),
            (
                r#"ring = "all""#,
                "4:8: error: `ring` cannot be `all` (use sequential, simultaneous)",
            ),
            (
                "ring_width = 3",
                "4:1: error: `ring_width` without simultaneous ring (add `ring = \
                 \"simultaneous\"`, or remove it)",
            ),
            (
                "ring = \"simultaneous\"\nring_width = 11",
                "5:14: error: `ring_width` must be from 2 to 10, not 11",
            ),
            (
                "ring_timeout = 20",
                "4:16: error: `ring_timeout` must be a duration, not a whole number (with a unit, \
                 in quotes: \"20s\")",
            ),
            (
                r#"ring_timeout = "20""#,
                "4:16: error: `20` is not a duration: write a whole number and ms, s, m, h or d, \
                 like 90s",
            ),
            (r#"ring_timeout = "1h""#, "4:16: error: `ring_timeout` must be from 1s to 3m, not 1h"),
            (
                "auction = { window = \"1s\" }",
                "4:1: error: `auction` of an offer that is no auction (add `strategy = \
                 \"auction\"`, or remove it)",
            ),
            (
                "strategy = \"auction\"\nauction = { window = \"49ms\" }",
                "5:22: error: `window` must be from 50ms to 2s, not 49ms",
            ),
            ("share = 11", "4:9: error: `share` must be from 1 to 10, not 11"),
        ] {
            check(&format!("[[offer]]\nid = \"x\"\n{DQ}\n{keys}"), &[expected]);
        }
    }
}
