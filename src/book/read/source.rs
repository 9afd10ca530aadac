//! Reads `[[source]]`.

use std::collections::BTreeSet;

use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::CallPings;
use crate::book::OfferPayout;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::book::Source;

use super::call_pings;
use super::context::Context;
use super::entrance;
use super::payout;
use super::rate;
use super::zone;

const KEYS: &[&str] = &[
    "id",
    "payout",
    "margin",
    "payouts",
    "payout_caps",
    "timezone",
    "pings",
    "spam",
    "call_pings",
    "intake",
];

pub(super) fn read<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Source> {
    table.check_keys(KEYS, &[], &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let payout = payout_or_margin(table, cx);
    let pings = table.value("pings").map(|pings| rate::read(&pings, cx));
    let spam = table.value("spam").map(|spam| rate::read(&spam, cx));
    let call_pings = table.value("call_pings");
    let call_pings = call_pings.map_or(Some(CallPings::USUAL), |keys| call_pings::read(&keys, cx));
    let payouts = table.value("payouts").map_or(Some(Vec::new()), |list| payouts(&list, cx));
    let limits = table.value("payout_caps");
    let limits = limits.map_or(Some(PayoutLimits::default()), |limits| payout::limits(&limits, cx));
    let zone = table.value("timezone").map(|name| zone::read(&name, cx));
    let zone = zone.unwrap_or_else(|| Some(PayoutCaps::default().zone));
    let intake = entrance::read(table, cx);
    Some(Source {
        id: id?,
        intake: intake?,
        // An unreadable payout is a fault, not an absent one.
        payout: match payout {
            None => None,
            Some(read) => Some(read?),
        },
        pings: match pings {
            None => None,
            Some(read) => Some(read?),
        },
        spam: match spam {
            None => None,
            Some(read) => Some(read?),
        },
        call_pings: call_pings?,
        payouts: payouts?,
        payout_caps: PayoutCaps { zone: zone?, limits: limits? },
    })
}

/// Reads `payout`, or `margin`, which says what is kept instead of what is paid.
fn payout_or_margin<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Option<Payout>> {
    let (paid, margin) = (table.value("payout"), table.value("margin"));
    match (paid, margin) {
        (Some(_), Some(margin)) => {
            let message = "a source has a `payout` or a `margin`, not both";
            cx.report.error(margin.at(), message, "the payout is what the margin leaves");
            Some(None)
        }
        (Some(paid), None) => Some(payout::read(&paid, cx)),
        (None, Some(margin)) => Some(payout::margin(&margin, cx)),
        (None, None) => None,
    }
}

/// Reads `payouts`; an offer has one at most.
fn payouts<'d>(list: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Vec<OfferPayout>> {
    let mut offers = BTreeSet::new();
    let mut payouts = Vec::new();
    let mut whole = true;
    for item in list.list(&mut cx.report)? {
        let Some(own) = payout::of_offer(&item, cx) else {
            whole = false;
            continue;
        };
        if !offers.insert(own.offer.clone()) {
            let message = format!("`{}` has a payout already", own.offer);
            cx.report.error(item.at(), message, "one for each offer");
            whole = false;
        }
        payouts.push(own);
    }
    whole.then_some(payouts)
}

#[cfg(test)]
mod tests {
    use crate::book::read::book::tests::check;

    #[test]
    fn faults() {
        for (payout, expected) in [
            (r#""20.00""#, "3:10: error: `payout` must be a table, not a string"),
            (
                r#"{ amount = 20.5, currency = "USD" }"#,
                r#"3:21: error: `amount` must be a string, not a number (put it in quotes: "20.5")"#,
            ),
            (
                r#"{ amount = "0.1234567", currency = "USD" }"#,
                "3:21: error: `0.1234567` has more than 6 decimals",
            ),
            (r#"{ amount = "-1", currency = "USD" }"#, "3:21: error: `payout` is below zero"),
            (
                r#"{ amount = "1", currency = "usd" }"#,
                r#"3:37: error: `usd` is not a currency: use an ISO 4217 code like "USD""#,
            ),
            (r#"{ amount = "1" }"#, "3:10: error: `currency` is missing in `payout`"),
            (
                r#"{ ammount = "1", amount = "1", currency = "USD" }"#,
                "3:12: error: unknown key `ammount` in `payout` (did you mean `amount`?)",
            ),
        ] {
            check(&format!("[[source]]\nid = \"x\"\npayout = {payout}"), &[expected]);
        }
    }
}
