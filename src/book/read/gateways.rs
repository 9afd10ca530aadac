//! Reads the gateways of a trunk: `outbound`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::Preference;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::base::toml::Value;
use crate::book::GATEWAY_PREFERENCE;
use crate::book::Gateway;

/// Most entries of `outbound`.
const GATEWAYS_MAX: usize = 16;
/// Keys of an entry.
const KEYS: &[&str] = &["uri", "priority", "weight"];
/// Range of priority and weight (RFC 2782).
const RANGE: RangeInclusive<u64> = 0..=65_535;

/// Range of `ping`.
const PING_RANGE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3_600);

/// Reads `ping`: a time, or `off`. The outer `None` is a fault.
pub(super) fn ping(value: &Value<'_>, report: &mut Report<'_>) -> Option<Option<Duration>> {
    if value.as_text() == Some("off") {
        return Some(None);
    }
    value.duration(PING_RANGE, report).map(Some)
}

/// Range of `final_codes` (RFC 3261 §21).
const CODES: RangeInclusive<u64> = 400..=699;
/// Most `final_codes`: all of them.
const CODES_MAX: usize = 300;

/// Reads `final_codes`; the list may be empty.
pub(super) fn final_codes(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<u16>> {
    let items = list.list(report)?;
    if items.len() > CODES_MAX {
        report.error(list.at(), format!("`final_codes` are at most {CODES_MAX}"), "remove some");
        return None;
    }
    let code = |item: &Value<'_>, report: &mut Report<'_>| {
        item.whole(CODES, report).and_then(|code| u16::try_from(code).ok())
    };
    let read: Vec<_> = items.iter().map(|item| code(item, report)).collect();
    read.into_iter().collect()
}

/// Reads addresses, which are tried in their order, or tables with priority and weight.
pub(super) fn read(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<Gateway>> {
    let items = match list.is_table() {
        true => vec![*list],
        false => list.list_or_one(report)?,
    };
    if items.len() > GATEWAYS_MAX {
        let message = format!("a trunk has at most {GATEWAYS_MAX} gateways");
        report.error(list.at(), message, "name a host whose SRV records list them");
        return None;
    }
    if let Some(first) = items.first()
        && let Some(other) = items.iter().find(|item| item.is_table() != first.is_table())
    {
        let message = "`outbound` mixes addresses, which are tried in order, and tables";
        report.error(other.at(), message, "write every gateway as { uri, priority, weight }");
        return None;
    }
    if items.first().is_some_and(Value::is_table) {
        let read: Vec<_> = items.iter().map(|item| gateway(item, report)).collect();
        return read.into_iter().collect();
    }
    let uris: Vec<_> = items.iter().map(|item| item.parse(report)).collect();
    uris.into_iter().collect::<Option<Vec<_>>>().map(Gateway::in_order)
}

fn gateway(item: &Value<'_>, report: &mut Report<'_>) -> Option<Gateway> {
    let table = item.table(report)?;
    table.check_keys(KEYS, &[], report);
    let uri = table.needed("uri", report).and_then(|uri| uri.parse(report));
    let priority = number(&table, "priority", GATEWAY_PREFERENCE.priority, report);
    let weight = number(&table, "weight", GATEWAY_PREFERENCE.weight, report);
    Some(Gateway { uri: uri?, preference: Preference { priority: priority?, weight: weight? } })
}

fn number(table: &Table<'_>, key: &str, default: u16, report: &mut Report<'_>) -> Option<u16> {
    match table.value(key) {
        Some(number) => number.whole(RANGE, report).and_then(|number| number.try_into().ok()),
        None => Some(default),
    }
}

#[cfg(test)]
mod tests {
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    fn trunk(outbound: &str) -> String {
        format!("[[trunk]]\nid = \"x\"\noutbound = {outbound}\n")
    }

    #[test]
    fn addresses_are_tried_in_order_and_tables_by_priority_and_weight() {
        for (outbound, expected) in [
            ("\"sip:a\"", &[("sip:a", 1, 1)][..]),
            ("[\"sip:a\", \"sip:b\"]", &[("sip:a", 1, 1), ("sip:b", 2, 1)]),
            ("{ uri = \"sip:a\", weight = 0 }", &[("sip:a", 1, 0)]),
            (
                "[{ uri = \"sip:a\" }, { uri = \"sip:b\", priority = 0, weight = 65535 }]",
                &[("sip:a", 1, 1), ("sip:b", 0, 65_535)],
            ),
        ] {
            let book = book(&trunk(outbound));
            let read = book.trunks[0].outbound.iter().map(|gateway| {
                let own = gateway.preference;
                (gateway.uri.as_str(), own.priority, own.weight)
            });
            assert_eq!(read.collect::<Vec<_>>(), expected, "{outbound}");
        }
    }

    #[test]
    fn faults() {
        for (outbound, expected) in [
            (
                "[\"sip:a\", { uri = \"sip:b\" }]",
                "3:22: error: `outbound` mixes addresses, which are tried in order, and tables \
                 (write every gateway as { uri, priority, weight })",
            ),
            ("[{ weight = 1 }]", "3:13: error: `uri` is missing in `outbound`"),
            (
                "[{ uri = \"sip:a\", weight = 65536 }]",
                "3:39: error: `weight` must be from 0 to 65535, not 65536",
            ),
            (
                "[{ uri = \"sip:a\", wait = 1 }]",
                "3:30: error: unknown key `wait` in `outbound` (did you mean `weight`?)",
            ),
        ] {
            check(&trunk(outbound), &[expected]);
        }
    }

    #[test]
    fn gateways_are_asked_every_so_often_or_never() {
        let with = |ping: &str| trunk(&format!("\"sip:a\"\nping = {ping}"));
        let ping = |text: &str| book(text).trunks[0].ping.map(|time| time.as_secs());
        assert_eq!(ping(&trunk("\"sip:a\"")), Some(30));
        assert_eq!(ping(&with("\"1m\"")), Some(60));
        assert_eq!(ping(&with("\"off\"")), None);
        check(&with("\"1s\""), &["4:8: error: `ping` must be from 5s to 1h, not 1s"]);
    }

    #[test]
    fn final_codes_are_final_statuses() {
        let with = |codes: &str| trunk(&format!("\"sip:a\"\nfinal_codes = {codes}"));
        assert_eq!(book(&trunk("\"sip:a\"")).trunks[0].final_codes, [486, 600, 603]);
        assert_eq!(book(&with("[404, 486]")).trunks[0].final_codes, [404, 486]);
        assert!(book(&with("[]")).trunks[0].final_codes.is_empty());
        let expected = "4:16: error: `final_codes` must be from 400 to 699, not 302";
        check(&with("[302]"), &[expected]);
    }

    #[test]
    fn gateways_are_bounded() {
        let many = |count: usize| format!("[{}]", "\"sip:a\",".repeat(count));
        check(&trunk(&many(16)), &[]);
        let expected = "3:12: error: a trunk has at most 16 gateways (name a host whose SRV records \
                        list them)";
        check(&trunk(&many(17)), &[expected]);
    }
}
