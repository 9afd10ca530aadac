//! Money as whole micros of a currency, without floating point.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error as _;

/// Micros per currency unit.
const MICROS: i64 = 1_000_000;

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The US dollar.
    pub const USD: Currency = Currency(*b"USD");

    /// Returns the three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match *text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::Currency(text.chars().take(20).collect())),
        }
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error in an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount is not a decimal number.
    #[error("`{0}` is not an amount: write it like \"45.00\"")]
    Amount(String),
    /// The amount has more than six decimals.
    #[error("`{0}` has more than 6 decimals")]
    TooFine(String),
    /// The amount is above [`Money::ENTERED_MAX`], or too large to be stored.
    #[error("`{0}` is too large: at most 1000000000.00")]
    TooLarge(String),
    /// The currency is not three capital letters.
    #[error("`{0}` is not a currency: use an ISO 4217 code like \"USD\"")]
    Currency(String),
}

/// An amount of a currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    micros: i64,
    currency: Currency,
}

impl Money {
    /// Largest amount in a book, a command or a request, in micros: one billion units, positive or
    /// negative. Sums of thousands of them fit.
    pub const ENTERED_MAX: i64 = 1_000_000_000 * MICROS;

    /// Creates an amount from micros.
    pub const fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// Returns zero in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::from_micros(0, currency)
    }

    /// Parses an amount that a person enters: like [`Money::parse`], up to [`Money::ENTERED_MAX`].
    pub fn parse_entered(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        Self::parse(amount, currency)?.entered()
    }

    /// Returns the amount, or an error if it is above [`Money::ENTERED_MAX`] or below its negative.
    pub fn entered(self) -> Result<Self, MoneyError> {
        let fits = self.micros.unsigned_abs() <= Self::ENTERED_MAX.unsigned_abs();
        fits.then_some(self).ok_or_else(|| MoneyError::TooLarge(self.amount()))
    }

    /// Parses an amount like `"45.00"`, with at most six decimals, as large as can be stored.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let clip = || amount.chars().take(40).collect::<String>();
        let (sign, digits) = match amount.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, amount),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(MoneyError::Amount(clip()));
        }
        if fraction.len() > 6 {
            return Err(MoneyError::TooFine(clip()));
        }
        let whole: Option<i64> = whole.parse().ok();
        let micros = whole
            .and_then(|w| w.checked_mul(MICROS))
            .zip(format!("{fraction:0<6}").parse::<i64>().ok())
            .and_then(|(whole, fraction)| whole.checked_add(fraction))
            .ok_or_else(|| MoneyError::TooLarge(clip()))?;
        Ok(Self { micros: sign * micros, currency })
    }

    /// Returns the micros.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// Returns the currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Returns the sum; `None` if the currencies differ or it overflows.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        let micros = self.micros.checked_add(other.micros)?;
        (self.currency == other.currency).then_some(Self { micros, ..self })
    }

    /// Returns the difference; `None` if the currencies differ or it overflows.
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        let micros = self.micros.checked_sub(other.micros)?;
        (self.currency == other.currency).then_some(Self { micros, ..self })
    }

    /// Formats the amount without its currency, with two decimals, or more if needed.
    pub fn amount(self) -> String {
        let sign = if self.micros < 0 { "-" } else { "" };
        let (size, unit) = (self.micros.unsigned_abs(), MICROS.unsigned_abs());
        let fraction = format!("{:06}", size % unit);
        let (cents, fine) = fraction.split_at(2);
        format!("{sign}{}.{cents}{}", size / unit, fine.trim_end_matches('0'))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.amount(), self.currency.as_str()))
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    amount: String,
    currency: String,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let currency = self.currency.as_str().to_owned();
        Parts { amount: self.amount(), currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Parts { amount, currency } = Parts::deserialize(deserializer)?;
        currency.parse().and_then(|c| Money::parse(&amount, c)).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        let usd = |text| Money::parse(text, Currency::USD);
        for (text, micros) in [
            ("45.00", 45_000_000),
            ("0.000001", 1),
            ("-3.5", -3_500_000),
            ("7", 7_000_000),
            ("9223372036854.775807", i64::MAX),
        ] {
            assert_eq!(usd(text), Ok(Money::from_micros(micros, Currency::USD)), "{text}");
        }
        for bad in ["", ".", "1.", ".5", "1e3", "+1", "1.0000001", "9223372036854.775808", "1 0"] {
            assert!(usd(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_entered_amount_has_a_bound() {
        let usd = |text| Money::parse_entered(text, Currency::USD);
        for good in ["1000000000.00", "-1000000000.00", "0.00"] {
            assert_eq!(usd(good).unwrap().amount(), good);
        }
        for bad in ["1000000000.000001", "-1000000000.000001", "9223372036854.775807"] {
            assert!(matches!(usd(bad), Err(MoneyError::TooLarge(_))), "{bad}");
        }
    }

    #[test]
    fn amounts_print_as_they_read() {
        for text in ["45.00", "0.000001", "-3.50", "7.125"] {
            assert_eq!(Money::parse(text, Currency::USD).unwrap().amount(), text);
        }
    }

    #[test]
    fn currencies_do_not_mix() {
        let dollars = Money::from_micros(1, Currency::USD);
        let euros = Money::from_micros(1, "EUR".parse().unwrap());
        assert_eq!(dollars.checked_add(euros), None);
        assert_eq!(Money::from_micros(i64::MAX, Currency::USD).checked_add(dollars), None);
    }
}
