//! Reads `[[source]]`.

use crate::base::toml::Table;
use crate::book::Source;

use super::context::Context;
use super::money;

const KEYS: &[&str] = &["id", "payout"];

pub(super) fn read(table: &Table<'_>, cx: &mut Context<'_, '_>) -> Option<Source> {
    table.check_keys(KEYS, &[], &mut cx.report);
    let id = table.needed("id", &mut cx.report).and_then(|id| id.parse(&mut cx.report));
    let payout = table.value("payout").map(|payout| money::read(&payout, cx));
    let payout = match payout {
        Some(None) => return None,
        Some(Some(payout)) => Some(payout),
        None => None,
    };
    Some(Source { id: id?, payout })
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
