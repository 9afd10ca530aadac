//! Reads `[[buyer]]`.

use jiff::tz::TimeZone;

use crate::base::toml::Table;
use crate::book::Buyer;

use super::caps;
use super::context::Context;
use super::money;
use super::zone;

const KEYS: &[&str] = &["id", "timezone", "caps", "prepaid", "balance_low", "enabled"];

pub(super) fn read<'d>(table: &Table<'d>, cx: &mut Context<'d, '_>) -> Option<Buyer> {
    table.check_keys(KEYS, &[], &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let timezone = match table.value("timezone") {
        Some(name) => zone::read(&name, cx),
        None => {
            let message = format!("{} has no `timezone`", table.name());
            let hint = "caps turn and hours are read in UTC; name one like \"America/New_York\"";
            cx.report.warning(table.at(), message, hint);
            Some(TimeZone::UTC)
        }
    };
    let caps = caps::read(table, cx);
    let prepaid =
        table.value("prepaid").map_or(Some(false), |prepaid| prepaid.boolean(&mut cx.report));
    let enabled =
        table.value("enabled").map_or(Some(true), |enabled| enabled.boolean(&mut cx.report));
    let balance_low = match table.value("balance_low") {
        Some(low) if prepaid != Some(false) => money::read(&low, cx).map(Some),
        Some(low) => {
            let hint = "add `prepaid = true`, or remove it";
            cx.report.error(low.at(), "a buyer that is not prepaid has no balance", hint);
            None
        }
        None => Some(None),
    };
    let (id, timezone, caps) = (id?, timezone?, caps?);
    let (prepaid, balance_low, enabled) = (prepaid?, balance_low?, enabled?);
    Some(Buyer { id, timezone, caps, prepaid, balance_low, enabled })
}

#[cfg(test)]
mod tests {
    use crate::book::CapLimits;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    #[test]
    fn zone_caps_and_switch() {
        let keys = "timezone = \"America/Denver\"\ncaps = { day = 1_000, total = 0 }\nprepaid = true\nbalance_low = { amount = \"100.00\", currency = \"USD\" }\nenabled = false";
        let book = book(&format!("[[buyer]]\nid = \"x\"\n{keys}"));
        let buyer = &book.buyers[0];
        assert_eq!(buyer.timezone.iana_name(), Some("America/Denver"));
        assert_eq!(buyer.caps, CapLimits { day: Some(1_000), total: Some(0), ..CapLimits::NONE });
        assert!(buyer.prepaid && !buyer.enabled);
        assert_eq!(buyer.balance_low.unwrap().to_string(), "100.00 USD");
    }

    #[test]
    fn faults() {
        for (keys, expected) in [
            (
                r#"timezone = "America/NewYork""#,
                "3:12: error: `America/NewYork` is not a time zone (did you mean \
                 `America/New_York`?)",
            ),
            (
                "timezone = \"UTC\"\nbalance_low = { amount = \"1.00\", currency = \"USD\" }",
                "4:15: error: a buyer that is not prepaid has no balance (add `prepaid = true`, or \
                 remove it)",
            ),
            (
                r#"timezone = "PST""#,
                "3:12: error: `PST` is not a time zone (did you mean `America/Los_Angeles`?)",
            ),
            (
                r#"timezone = "Eastern Time""#,
                "3:12: error: `Eastern Time` is not a time zone (did you mean \
                 `America/New_York`?)",
            ),
            (
                r#"timezone = "US/Denver""#,
                "3:12: error: `US/Denver` is not a time zone (did you mean `America/Denver`?)",
            ),
            (
                r#"timezone = "los angeles""#,
                "3:12: error: `los angeles` is not a time zone (did you mean \
                 `America/Los_Angeles`?)",
            ),
            (
                r#"timezone = "zzz""#,
                "3:12: error: `zzz` is not a time zone (use a name like America/New_York)",
            ),
            (
                "",
                "1:1: warning: buyer `x` has no `timezone` (caps turn and hours are read in UTC; \
                 name one like \"America/New_York\")",
            ),
            (
                "timezone = \"UTC\"\nprepaid = 1",
                "4:11: error: `prepaid` must be true or false, not a whole number",
            ),
            (
                "timezone = \"UTC\"\nenabled = \"no\"",
                "4:11: error: `enabled` must be true or false, not a string",
            ),
            (
                "timezone = \"UTC\"\ncaps = { day = -1 }",
                "4:16: error: `day` must be from 0 to 1000000000000, not -1",
            ),
            (
                "timezone = \"UTC\"\ncaps = { day = \"9\" }",
                "4:16: error: `day` must be a whole number from 0 to 1000000000000, not a string",
            ),
            (
                "timezone = \"UTC\"\ncaps = { weak = 9 }",
                "4:10: error: unknown key `weak` in `caps` (did you mean `week`?)",
            ),
            (
                "timezone = \"UTC\"\ncaps = { budget = 9 }",
                "4:19: error: `budget` must be a table, not a whole number",
            ),
            (
                "timezone = \"UTC\"\ncaps = 9",
                "4:8: error: `caps` must be a table, not a whole number",
            ),
        ] {
            check(&format!("[[buyer]]\nid = \"x\"\n{keys}"), &[expected]);
        }
    }
}
