//! Numbers in filters: exact decimals, so that `min = 0.1` matches `0.1`.

use std::fmt;
use std::str::FromStr;

/// Number of millionths in one.
const MICROS: i64 = 1_000_000;

/// A decimal number with at most six decimals; its absolute value is below about 9.2e12.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// Returns the decimal of a number of millionths.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the number in millionths.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl FromStr for Decimal {
    type Err = String;

    /// Parses `25`, `-3.5`, `+0.25`, and ignores white space around it. Exponents and thousands
    /// separators are errors.
    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is not a number with at most 6 decimals")
        };
        let trimmed = text.trim();
        let (sign, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || fraction.len() > 6 {
            return Err(refuse());
        }
        // Does not allocate, because field rules parse values in every decision.
        let six = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
        let fraction = six.fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        let whole = whole.parse::<i64>().ok().and_then(|whole| whole.checked_mul(MICROS));
        let size = whole.and_then(|whole| whole.checked_add(fraction));
        size.map(|size| Self(sign * size)).ok_or_else(refuse)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (size, unit) = (self.0.unsigned_abs(), MICROS.unsigned_abs());
        let fraction = format!("{:06}", size % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        f.pad(&format!("{sign}{}{point}{fraction}", size / unit))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_exactly() {
        for (text, micros, shown) in [
            ("25", 25_000_000, "25"),
            (" -3.50 ", -3_500_000, "-3.5"),
            ("+0.000001", 1, "0.000001"),
            ("007", 7_000_000, "7"),
        ] {
            let decimal: Decimal = text.parse().unwrap();
            assert_eq!((decimal.micros(), decimal.to_string().as_str()), (micros, shown));
        }
    }

    #[test]
    fn rejects_what_is_not_a_plain_decimal() {
        for text in ["", "-", ".5", "5.", "1e3", "1,000", "0.1234567", "9223372036855", "--1", "x"]
        {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
