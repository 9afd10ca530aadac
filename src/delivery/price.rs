//! The price in a buyer's answer.

use crate::base::Currency;
use crate::base::Money;

use super::text::line;

/// Longest text of a price that is kept, in bytes.
const SHOWN_BYTES_MAX: usize = 40;
/// Decimals of an amount; further ones are dropped.
const DECIMALS: usize = 6;

/// What an answer says of the price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnsweredPrice {
    /// Nothing.
    Unsaid,
    /// This amount; zero or more.
    Amount(Money),
    /// Something that is no amount of the currency: negative, with a comma, in another currency.
    Unreadable(String),
}

/// Reads a price: a decimal number, perhaps after `$` or beside the currency's code. A comma may
/// divide thousands or decimals, so that a text with one is no amount. Decimals beyond six are
/// dropped, because languages without decimal numbers write 0.1 + 0.2 with seventeen.
pub(super) fn read(text: &str, currency: Currency) -> AnsweredPrice {
    let unreadable = || AnsweredPrice::Unreadable(line(text, SHOWN_BYTES_MAX).unwrap_or_default());
    let mut digits = text.trim();
    if digits.is_empty() {
        return AnsweredPrice::Unsaid;
    }
    let code = currency.as_str();
    let bare = digits.strip_suffix(code).or_else(|| digits.strip_prefix(code));
    digits = bare.unwrap_or(digits).trim();
    if currency == Currency::USD {
        digits = digits.strip_prefix('$').unwrap_or(digits).trim();
    }
    let short = match digits.split_once('.') {
        Some((whole, decimals)) if decimals.bytes().all(|byte| byte.is_ascii_digit()) => {
            let kept: String = decimals.chars().take(DECIMALS).collect();
            format!("{whole}.{kept}")
        }
        Some(_) | None => digits.to_owned(),
    };
    match Money::parse_entered(&short, currency) {
        Ok(amount) if amount.micros() >= 0 && !digits.starts_with('-') => {
            AnsweredPrice::Amount(amount)
        }
        Ok(_) | Err(_) => unreadable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly_or_not_at_all() {
        let amount = |text| AnsweredPrice::Amount(Money::parse(text, Currency::USD).unwrap());
        for (text, expected) in [
            ("12.50", amount("12.50")),
            ("$12.50", amount("12.50")),
            (" $ 12.5 ", amount("12.50")),
            ("12.50 USD", amount("12.50")),
            ("USD 12", amount("12.00")),
            ("0", amount("0.00")),
            ("0.30000000000000004", amount("0.30")),
            ("12.3456789", amount("12.345678")),
            ("", AnsweredPrice::Unsaid),
        ] {
            assert_eq!(read(text, Currency::USD), expected, "{text}");
        }
        for text in [
            "12,50",
            "1,234.50",
            "-1",
            "-0",
            "-0.5",
            "NaN",
            "Infinity",
            "1e3",
            "12.50 EUR",
            "€12",
            "0x10",
            "12.5.0",
            ".5",
            "5.",
            "1000000001",
            "99999999999999999999",
            "12.50;",
            "free",
        ] {
            let read = read(text, Currency::USD);
            assert_eq!(read, AnsweredPrice::Unreadable(text.to_owned()), "{text}");
        }
        let euros: Currency = "EUR".parse().unwrap();
        assert_eq!(read("$5", euros), AnsweredPrice::Unreadable("$5".to_owned()));
    }
}
