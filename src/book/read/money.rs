//! Reads `{ amount = "45.00", currency = "USD" }`.

use crate::base::Currency;
use crate::base::Money;
use crate::base::toml::Table;
use crate::base::toml::Value;

use super::context::Context;

/// Keys of an amount.
pub(super) const KEYS: &[&str] = &["amount", "currency"];

/// Reads an amount in the currency of the book, 0 or above. The first amount of a book sets its
/// currency. A book has one currency, because the margin of a call is its revenue minus its payout.
pub(super) fn read(value: &Value<'_>, cx: &mut Context<'_, '_>) -> Option<Money> {
    let mut table = value.table(&mut cx.report)?;
    table = table.named(format!("`{}`", value.key()));
    table.check_keys(KEYS, &[], &mut cx.report);
    read_keys(&table, value.key(), cx)
}

/// Reads the keys of an amount out of a table that may have more.
pub(super) fn read_keys(table: &Table<'_>, key: &str, cx: &mut Context<'_, '_>) -> Option<Money> {
    let amount = table.needed("amount", &mut cx.report);
    let currency = table.needed("currency", &mut cx.report).and_then(|currency| {
        let read: Currency = currency.parse(&mut cx.report)?;
        let (first, at) = *cx.currency.get_or_insert((read, currency.at()));
        if first == read {
            return Some(read);
        }
        let message = format!("{} here, but {} elsewhere", read.as_str(), first.as_str());
        let first = cx.report.name(at);
        let hint = format!("a book has one currency, and {first} settles it");
        cx.report.error(currency.at(), message, hint);
        None
    });
    // Parsed in any currency, so that a wrong currency does not hide a wrong amount.
    let read = |text: &str| Money::parse_entered(text, currency.unwrap_or(Currency::USD));
    let amount = amount?;
    let money = amount.parse_by(read, &mut cx.report)?;
    if money.micros() < 0 {
        let message = format!("`{key}` is below zero");
        cx.report.error(amount.at(), message, "");
        return None;
    }
    currency.map(|_| money)
}
