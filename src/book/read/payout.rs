//! Reads a payout, `{ amount, currency }` or `{ share, min, max }`, and `payout_caps`.

use crate::base::Percent;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::Noun;
use crate::book::OfferPayout;
use crate::book::Payout;
use crate::book::PayoutLimits;
use crate::book::PayoutShare;

use super::caps;
use super::context::Context;
use super::money;

const SHARE_KEYS: &[&str] = &["share", "min", "max"];
const WINDOWS: &[&str] = &["hour", "day", "week", "month", "total"];

/// Reads `payout`.
pub(super) fn read(value: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<Payout> {
    let table = value.table(&mut cx.report)?.named(format!("`{}`", value.key()));
    let keys = keys_of(&table);
    table.check_keys(keys, &[], &mut cx.report);
    rule(&table, value.key(), cx)
}

/// Reads an item of `payouts`: an offer and the keys of a payout.
pub(super) fn of_offer<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<OfferPayout> {
    let table = value.table(&mut cx.report)?.named(format!("`{}`", value.key()));
    let keys: Vec<&str> = ["offer"].iter().chain(keys_of(&table)).copied().collect();
    table.check_keys(&keys, &[], &mut cx.report);
    let offer = table.needed("offer", &mut cx.report);
    let offer = offer.and_then(|offer| cx.names.refer(Noun::Offer, &offer, &mut cx.report));
    let payout = rule(&table, value.key(), cx);
    Some(OfferPayout { offer: offer?, payout: payout? })
}

/// Reads `payout_caps`: the largest number of payouts in each window.
pub(super) fn limits(value: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<PayoutLimits> {
    let table = value.table(&mut cx.report)?.named(format!("`{}`", value.key()));
    table.check_keys(WINDOWS, &[], &mut cx.report);
    let mut whole = true;
    let mut limit = |key: &str| caps::limit(&table, key, &mut whole, cx);
    let limits = PayoutLimits {
        hour: limit("hour"),
        day: limit("day"),
        week: limit("week"),
        month: limit("month"),
        total: limit("total"),
    };
    whole.then_some(limits)
}

fn keys_of(table: &Table<'_>) -> &'static [&'static str] {
    let is_share = SHARE_KEYS.iter().any(|key| table.value(key).is_some());
    if is_share { SHARE_KEYS } else { money::KEYS }
}

fn rule(table: &Table<'_>, key: &str, cx: &mut Context<'_, '_>) -> Option<Payout> {
    if keys_of(table) == money::KEYS {
        return money::read_keys(table, key, cx).map(Payout::Fixed);
    }
    let share = table.needed("share", &mut cx.report);
    let share = share.and_then(|share| share.parse(&mut cx.report));
    let mut whole = true;
    let mut bound = |key: &str, cx: &mut Context<'_, '_>| {
        let amount = money::read(&table.value(key)?, cx);
        whole &= amount.is_some();
        amount
    };
    let (min, max) = (bound("min", cx), bound("max", cx));
    if let (Some(min), Some(max)) = (min, max)
        && min.micros() > max.micros()
    {
        let at = table.value("max").map_or(table.at(), |max| max.at());
        let hint = "the payout lies between both";
        cx.report.error(at, format!("`max` is below `min`: {max} < {min}"), hint);
        return None;
    }
    whole.then_some(Payout::Share(PayoutShare { share: share?, min, max, less: None }))
}

/// Reads `margin`: the share or the amount of what the buyer owes that is kept. The source is owed
/// the rest.
pub(super) fn margin(value: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<Payout> {
    let table = value.table(&mut cx.report)?.named(format!("`{}`", value.key()));
    let Some(share) = table.value("share") else {
        let kept = money::read(value, cx)?;
        let whole = PayoutShare::of(Percent::WHOLE);
        return Some(Payout::Share(PayoutShare { less: Some(kept), ..whole }));
    };
    table.check_keys(&["share"], &[], &mut cx.report);
    let kept: Percent = share.parse(&mut cx.report)?;
    Some(Payout::Share(PayoutShare::of(kept.rest())))
}

#[cfg(test)]
mod tests {
    use crate::base::Currency;
    use crate::base::Money;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    use super::*;

    fn source(keys: &str) -> String {
        format!("[[source]]\nid = \"x\"\n{keys}")
    }

    #[test]
    fn rules_of_a_source() {
        let text = source(
            r#"payout = { share = "70%", min = { amount = "2", currency = "USD" } }
            payouts = [{ offer = "shares", amount = "25.00", currency = "USD" }]
            payout_caps = { day = 50, total = 0 }
            timezone = "America/Denver""#,
        );
        let book = book(&text);
        let source = &book.sources[0];
        let usd = |text| Money::parse(text, Currency::USD).unwrap();
        let share = "70%".parse().unwrap();
        let own = PayoutShare { min: Some(usd("2")), ..PayoutShare::of(share) };
        let own = Payout::Share(own);
        assert_eq!(source.payout_for(&"other".parse().unwrap()), Some(&own));
        let fixed = Payout::Fixed(usd("25.00"));
        assert_eq!(source.payout_for(&"shares".parse().unwrap()), Some(&fixed));
        let limits = PayoutLimits { day: Some(50), total: Some(0), ..PayoutLimits::default() };
        assert_eq!(source.payout_caps.limits, limits);
        assert_eq!(source.payout_caps.zone.iana_name(), Some("America/Denver"));
    }

    #[test]
    fn faults() {
        const TWO: &str = r#"{ amount = "2", currency = "USD" }"#;
        for (keys, expected) in [
            (r#"payout = { share = "101%" }"#.to_owned(), "3:20: error: `101%` is above 100%"),
            (
                r#"payout = { share = "0.7" }"#.to_owned(),
                r#"3:20: error: `0.7` is not a share: write it like "70%" or "12.5%""#,
            ),
            (
                r#"payout = { share = "70%", amount = "1" }"#.to_owned(),
                "3:27: error: unknown key `amount` in `payout` (known keys: share, min, max)",
            ),
            (format!("payout = {{ min = {TWO} }}"), "3:10: error: `share` is missing in `payout`"),
            (
                format!(
                    "payout = {{ share = \"7%\", min = {TWO}, max = {} }}",
                    TWO.replace('2', "1")
                ),
                "3:74: error: `max` is below `min`: 1.00 USD < 2.00 USD (the payout lies between \
                 both)",
            ),
            (
                format!("payouts = [{{ offer = \"nix\", {}", &TWO[1..]) + "]",
                "3:22: error: offer `nix` is unknown (declare it in a [[offer]], or name one that \
                 is)",
            ),
            (format!("payouts = [{TWO}]"), "3:12: error: `offer` is missing in `payouts`"),
            (
                "payout_caps = { concurrent = 3 }".to_owned(),
                "3:17: error: unknown key `concurrent` in `payout_caps` (known keys: hour, day, \
                 week, month, total)",
            ),
            (
                "payout_caps = { day = -1 }".to_owned(),
                "3:23: error: `day` must be from 0 to 1000000000000, not -1",
            ),
        ] {
            check(&source(&keys), &[expected]);
        }
    }

    #[test]
    fn a_margin_leaves_the_rest_to_the_source() {
        let payout = |keys: &str| book(&source(keys)).sources[0].payout;
        let rest = Payout::Share(PayoutShare::of("80%".parse().unwrap()));
        assert_eq!(payout(r#"margin = { share = "20%" }"#), Some(rest));
        let kept = Money::parse("2.50", Currency::USD).unwrap();
        let of = PayoutShare { less: Some(kept), ..PayoutShare::of(Percent::WHOLE) };
        let amount = r#"margin = { amount = "2.50", currency = "USD" }"#;
        assert_eq!(payout(amount), Some(Payout::Share(of)));
        check(
            &source(&format!("payout = {{ share = \"70%\" }}\n{amount}")),
            &["4:10: error: a source has a `payout` or a `margin`, not both (the payout is what \
               the margin leaves)"],
        );
        check(
            &source(r#"margin = { share = "20%", min = 1 }"#),
            &["3:27: error: unknown key `min` in `margin` (known keys: share)"],
        );
    }

    #[test]
    fn an_offer_has_one_payout() {
        let one = r#"{ offer = "shares", share = "7%" }"#;
        let text = source(&format!("payouts = [{one}, {one}]"));
        check(&text, &["3:48: error: `shares` has a payout already (one for each offer)"]);
    }
}
