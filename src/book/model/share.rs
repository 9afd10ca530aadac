//! Shares in percent.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Hundredths of a percent in a whole.
const WHOLE: u16 = 10_000;

/// A share from 0 % to 100 %, to a hundredth of a percent. Books write `"12.5%"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Share(u16);

impl Share {
    /// The whole: 100 %.
    pub const WHOLE: Share = Share(WHOLE);

    /// Returns whether a part is at most this share of a whole.
    pub fn covers(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(WHOLE) <= u128::from(whole) * u128::from(self.0)
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is not a share from 0% to 100%, such as 15% or 12.5%");
        let number = text.strip_suffix('%').ok_or_else(fault)?.trim_end();
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(fault());
        }
        let whole: u16 = whole.parse().map_err(|_| fault())?;
        let part: u16 = format!("{part:0<2}").parse().map_err(|_| fault())?;
        let hundredths = whole.checked_mul(100).and_then(|whole| whole.checked_add(part));
        hundredths.filter(|share| *share <= WHOLE).map(Self).ok_or_else(fault)
    }
}

impl TryFrom<String> for Share {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match (part, part % 10) {
            (0, _) => write!(f, "{whole}%"),
            (_, 0) => write!(f, "{whole}.{}%", part / 10),
            (_, _) => write!(f, "{whole}.{part:02}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_they_are_written() {
        for text in ["0%", "15%", "12.5%", "0.05%", "99.99%", "100%"] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), text);
        }
        assert_eq!("12.50%".parse::<Share>(), "12.5%".parse());
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "15", "-1%", "100.01%", "101%", "1.234%", "%", ".5%", "5.%", "99999%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_covers_whole_parts_only() {
        let share: Share = "15%".parse().unwrap();
        for (part, whole, covers) in [(0, 0, true), (1, 6, false), (1, 7, true), (3, 20, true)] {
            assert_eq!(share.covers(part, whole), covers, "{part} of {whole}");
        }
        assert!(Share::WHOLE.covers(u64::MAX, u64::MAX));
    }
}
