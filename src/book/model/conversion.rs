//! Conversion: what makes a sale billable.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::Money;
use crate::base::Wall;
use crate::base::seconds;

/// Time after the sale in which a buyer may report, unless the contract sets another.
pub const CONVERSION_WINDOW: Duration = Duration::from_secs(30 * 86_400);
/// Most keys of a sequence.
pub const KEYS_MAX: usize = 8;

/// What makes a sale billable, and what the buyer may report about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The event that makes the sale billable.
    #[serde(flatten)]
    pub by: ConversionBy,
    /// Time after the sale in which the buyer may report: 1 min to 400 days.
    #[serde(rename = "window_seconds", with = "seconds")]
    pub window: Duration,
    /// Smallest revenue that the buyer may report.
    pub min: Option<Money>,
    /// Largest revenue that the buyer may report.
    pub max: Option<Money>,
}

/// The event that makes a sale billable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ConversionBy {
    /// The connected time reaches the contract's buffer.
    Time {
        /// Start of the connected time.
        from: CountedFrom,
    },
    /// The buyer presses these keys while connected to the caller.
    Key {
        /// The keys.
        key: KeySequence,
    },
    /// The buyer reports the sale.
    Report,
    /// Nothing does: the person was sold before, and a rule on duplicates bills no further sale. Set
    /// by a decision, never by a book.
    Repeated {
        /// When the person was sold, or converted, before.
        sold_at: Wall,
    },
}

/// Start of the connected time that a buffer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// The buyer's answer: a whisper and the wait for its key count.
    Answer,
    /// The bridge: what the buyer hears before it accepts does not count.
    #[default]
    Accept,
}

/// Keys that a buyer presses one after another: 1 to [`KEYS_MAX`] of `0`–`9`, `*` and `#`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct KeySequence(String);

impl Default for Conversion {
    fn default() -> Self {
        let by = ConversionBy::Time { from: CountedFrom::Accept };
        Self { by, window: CONVERSION_WINDOW, min: None, max: None }
    }
}

impl ConversionBy {
    /// Returns the name in books and records.
    pub const fn name(&self) -> &'static str {
        match self {
            ConversionBy::Time { .. } => "time",
            ConversionBy::Key { .. } => "key",
            ConversionBy::Report => "report",
            ConversionBy::Repeated { .. } => "repeated",
        }
    }
}

impl CountedFrom {
    /// Returns the name in books and records.
    pub const fn name(self) -> &'static str {
        match self {
            CountedFrom::Answer => "answer",
            CountedFrom::Accept => "accept",
        }
    }
}

impl KeySequence {
    /// Returns the keys as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for KeySequence {
    fn default() -> Self {
        Self("*7".to_owned())
    }
}

impl FromStr for KeySequence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#');
        if (1..=KEYS_MAX).contains(&text.len()) && text.bytes().all(known) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("`{text}` is not a sequence of 1 to {KEYS_MAX} keys of 0-9, * and #"))
    }
}

impl TryFrom<String> for KeySequence {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for KeySequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        let by_key = |key: &str| ConversionBy::Key { key: key.parse().unwrap() };
        for by in [
            ConversionBy::Time { from: CountedFrom::Answer },
            by_key("*7"),
            by_key("#0123456"),
            ConversionBy::Report,
            ConversionBy::Repeated { sold_at: Wall::from_micros(1_763_632_800_000_000) },
        ] {
            let max = Some("45.5".to_owned());
            let max = max.map(|max| Money::parse(&max, crate::base::Currency::USD).unwrap());
            let rule = Conversion { by, max, ..Conversion::default() };
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<Conversion>(&json).unwrap(), rule, "{json}");
        }
    }

    #[test]
    fn other_keys_are_no_sequence() {
        for text in ["", "A", "*7 ", "012345678", "七"] {
            assert!(text.parse::<KeySequence>().is_err(), "{text}");
        }
    }
}
