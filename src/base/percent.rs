//! Shares of a whole, in hundredths of a percent.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error as _;

use super::Money;

/// A whole, in hundredths of a percent.
const WHOLE: u16 = 10_000;

/// A share from 0 % to 100 %, with at most two decimals. As text: `70%`, `12.5%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u16);

/// Why a text is no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPercent {
    /// It is not a number with a percent sign.
    #[error("`{0}` is not a share: write it like \"70%\" or \"12.5%\"")]
    Form(String),
    /// It is above the whole.
    #[error("`{0}` is above 100%")]
    AboveWhole(String),
}

impl Percent {
    /// Nothing.
    pub const ZERO: Percent = Percent(0);
    /// The whole.
    pub const WHOLE: Percent = Percent(WHOLE);

    /// Returns what is left of the whole.
    pub const fn rest(self) -> Self {
        Self(WHOLE.saturating_sub(self.0))
    }

    /// Returns this share of an amount, rounded towards zero to whole micros.
    pub fn of(self, whole: Money) -> Money {
        let part = i128::from(whole.micros()) * i128::from(self.0) / i128::from(WHOLE);
        // A part of an `i64` is an `i64`.
        Money::from_micros(i64::try_from(part).unwrap_or(0), whole.currency())
    }

    /// Returns this share of a count, rounded down.
    pub fn of_count(self, whole: u64) -> u64 {
        let part = u128::from(whole) * u128::from(self.0) / u128::from(WHOLE);
        u64::try_from(part).unwrap_or(whole)
    }

    /// Returns whether a part of a count is at least this share of it.
    pub fn is_reached_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(WHOLE) >= u128::from(whole) * u128::from(self.0)
    }
}

impl FromStr for Percent {
    type Err = InvalidPercent;

    fn from_str(text: &str) -> Result<Self, InvalidPercent> {
        let shown = || text.chars().take(20).collect::<String>();
        let form = || InvalidPercent::Form(shown());
        let number = text.strip_suffix('%').ok_or_else(form)?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) || decimals.len() > 2 {
            return Err(form());
        }
        let above = || InvalidPercent::AboveWhole(shown());
        let whole: u32 = whole.parse().map_err(|_| above())?;
        let decimals: u32 = format!("{decimals:0<2}").parse().map_err(|_| form())?;
        let parts = whole.checked_mul(100).and_then(|whole| whole.checked_add(decimals));
        let parts = parts.and_then(|parts| u16::try_from(parts).ok()).ok_or_else(above)?;
        if parts > WHOLE { Err(above()) } else { Ok(Self(parts)) }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / 100, self.0 % 100);
        match decimals {
            0 => write!(f, "{whole}%"),
            tens if tens % 10 == 0 => write!(f, "{whole}.{}%", tens / 10),
            _ => write!(f, "{whole}.{decimals:02}%"),
        }
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Currency;

    #[test]
    fn shares_are_read_and_written_exactly() {
        for (text, canonical) in [
            ("0%", "0%"),
            ("70%", "70%"),
            ("12.5%", "12.5%"),
            ("12.50%", "12.5%"),
            ("0.01%", "0.01%"),
            ("99.99%", "99.99%"),
            ("100%", "100%"),
            ("100.00%", "100%"),
        ] {
            let read: Percent = text.parse().unwrap();
            assert_eq!(read.to_string(), canonical);
            assert_eq!(canonical.parse(), Ok(read));
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "%", "70", "0.7", "-1%", "+1%", "1.%", ".5%", "1.234%", "7 0%", "1e1%"] {
            let read = text.parse::<Percent>();
            assert_eq!(read, Err(InvalidPercent::Form(text.to_owned())), "{text}");
        }
        for text in ["100.01%", "101%", "655.36%", "99999999999%"] {
            let read = text.parse::<Percent>();
            assert_eq!(read, Err(InvalidPercent::AboveWhole(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_share_is_reached_exactly() {
        for (share, part, whole, reached) in [
            ("20%", 2, 10, true),
            ("20%", 2, 11, false),
            ("20%", 2, 14, false),
            ("20%", 3, 14, true),
            ("0%", 0, 5, true),
            ("100%", u64::MAX, u64::MAX, true),
            ("100%", u64::MAX - 1, u64::MAX, false),
        ] {
            let share: Percent = share.parse().unwrap();
            assert_eq!(share.is_reached_by(part, whole), reached, "{share} {part} {whole}");
        }
    }

    #[test]
    fn a_share_of_an_amount_is_rounded_towards_zero() {
        for (share, whole, part) in [
            ("70%", "45.00", "31.50"),
            ("33.33%", "0.000003", "0.00"),
            ("33.34%", "0.000003", "0.000001"),
            ("100%", "-45.00", "-45.00"),
            ("50%", "-0.000001", "0.00"),
            ("0%", "45.00", "0.00"),
        ] {
            let usd = |text| Money::parse(text, Currency::USD).unwrap();
            let share: Percent = share.parse().unwrap();
            assert_eq!(share.of(usd(whole)), usd(part), "{share} of {whole}");
        }
        let largest = Money::from_micros(i64::MAX, Currency::USD);
        assert_eq!(Percent::WHOLE.of(largest), largest);
        assert_eq!("15%".parse::<Percent>().unwrap().of_count(19), 2);
        assert_eq!(Percent::WHOLE.of_count(u64::MAX), u64::MAX);
    }
}
