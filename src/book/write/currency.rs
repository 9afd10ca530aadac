//! Changes of a book's currency that would take balances along.

use std::fmt;

use crate::base::Currency;
use crate::base::Money;
use crate::book::Book;

/// A change of the book's currency while buyers have balances in the earlier one. Prints as
/// `changes the currency from USD to EUR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyChange {
    from: Currency,
    to: Currency,
}

/// Returns the change of currency from `before` to `after` if one of the balances would be left
/// behind: a running switch counts what is left of a balance in the currency of its book.
pub fn currency_change(
    before: &Book,
    after: &Book,
    balances: impl IntoIterator<Item = Money>,
) -> Option<CurrencyChange> {
    let (from, to) = (before.currency(), after.currency());
    let left = |balance: Money| balance.currency() == from && balance.micros() != 0;
    (from != to && balances.into_iter().any(left)).then_some(CurrencyChange { from, to })
}

impl fmt::Display for CurrencyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.as_str(), self.to.as_str());
        write!(f, "changes the currency from {from} to {to}")
    }
}

impl CurrencyChange {
    /// Returns what to do about it.
    pub fn remedy(&self) -> String {
        let from = self.from.as_str();
        format!(
            "Buyers have balances in {from}: bring them to 0 by credits (`strowger balance show`), \
             or use another database for {}.",
            self.to.as_str()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(currency: &str) -> Book {
        let text = format!(
            "[[source]]\nid = \"s\"\npayout = {{ amount = \"1.00\", currency = \"{currency}\" }}\n"
        );
        crate::book::parse("b", &text).0.unwrap()
    }

    #[test]
    fn a_balance_in_the_earlier_currency_keeps_the_book_in_it() {
        let money = |text: &str, currency: &str| Money::parse(text, currency.parse().unwrap());
        let money = |text, currency| money(text, currency).unwrap();
        let usd = money("25.00", "USD");
        let (owed, none) = (money("-1.00", "USD"), money("0.00", "USD"));
        let eur = money("3.00", "EUR");
        for (from, to, balances, refused) in [
            ("USD", "EUR", vec![usd], true),
            ("USD", "EUR", vec![none, owed], true),
            ("USD", "EUR", vec![none, eur], false),
            ("USD", "EUR", vec![], false),
            ("USD", "USD", vec![usd, eur], false),
            ("EUR", "USD", vec![usd], false),
            ("EUR", "USD", vec![usd, eur], true),
        ] {
            let change = currency_change(&book(from), &book(to), balances.iter().copied());
            assert_eq!(change.is_some(), refused, "{from} to {to}, {balances:?}");
            let shown = format!("changes the currency from {from} to {to}");
            assert!(change.is_none_or(|change| change.to_string() == shown));
        }
        // A book without amounts is one in US dollars.
        let change = currency_change(&book("EUR"), &Book::default(), [eur]);
        assert!(change.unwrap().remedy().starts_with("Buyers have balances in EUR"));
    }
}
