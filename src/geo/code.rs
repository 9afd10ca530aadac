//! Places of the United States: states, zips, area codes.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Why a text is not a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGeo {
    /// Not the postal code of a state.
    #[error("`{0}` is not a state: use its two letters, like CA")]
    State(String),
    /// Not five digits.
    #[error("`{0}` is not a zip: use five digits, like 90210")]
    Zip(String),
    /// Not an area code.
    #[error("`{0}` is not an area code: use three digits, the first 2 to 9, like 305")]
    AreaCode(String),
    /// Not a known county.
    #[error(
        "`{0}` is not a county: write it like `Dallas County, TX`, or as FIPS code, like 48113"
    )]
    County(String),
    /// A county and a city share the name.
    #[error("`{shown}` is two: {one} and {other}; write which")]
    Counties {
        /// The text.
        shown: String,
        /// The first match.
        one: &'static str,
        /// The second match.
        other: &'static str,
    },
    /// Not a known country.
    #[error("`{0}` is not a country: use its two letters, like US")]
    Country(String),
    /// A territory, which counts as a state here.
    #[error("`{0}` counts as a state: use `states`, and US as its country")]
    Territory(UsState),
    /// Not the code of a market area.
    #[error("`{0}` is not a DMA code: use three digits, like 803")]
    Dma(String),
}

/// Returns a text, cut to the length that messages show.
pub(super) fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A state by its postal code: the fifty states, the District of Columbia, the territories (PR VI
/// GU AS MP) and the military's (AA AE AP).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsState([u8; 2]);

/// Every postal code, two letters each, sorted.
const STATES: &[u8] = b"AAAEAKALAPARASAZCACOCTDCDEFLGAGUHIIAIDILINKSKYLAMAMDMEMIMNMOMPMSMTNCNDNENH\
NJNMNVNYOHOKORPAPRRISCSDTNTXUTVAVIVTWAWIWVWY";

impl UsState {
    /// Creates a state from valid letters.
    pub(super) const fn of(letters: [u8; 2]) -> Self {
        Self(letters)
    }

    /// Returns every state.
    pub fn all() -> impl Iterator<Item = UsState> {
        STATES.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(UsState))
    }

    /// Returns the two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    pub(super) fn letters(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for UsState {
    type Err = InvalidGeo;
    /// Parses two letters in either case.
    fn from_str(text: &str) -> Result<Self, InvalidGeo> {
        let upper = text.to_ascii_uppercase();
        UsState::all().find(|s| s.as_str() == upper).ok_or_else(|| InvalidGeo::State(clip(text)))
    }
}

/// A zip code: five digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zip([u8; 5]);

impl Zip {
    /// Returns the five digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("00000")
    }
}

impl Zip {
    /// Returns the zip of a number below 100,000.
    pub(super) fn of(number: usize) -> Option<Self> {
        let digit = |unit: usize| u8::try_from(number / unit % 10).ok().map(|digit| b'0' + digit);
        let five = [digit(10_000)?, digit(1_000)?, digit(100)?, digit(10)?, digit(1)?];
        (number < 100_000).then_some(Self(five))
    }

    /// Returns the zip as a number, from 0 to 99,999.
    pub(super) fn number(self) -> usize {
        self.0.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
    }
}

impl FromStr for Zip {
    type Err = InvalidGeo;
    /// Parses five digits, or nine with a dash (ZIP+4), of which the first five count.
    fn from_str(text: &str) -> Result<Self, InvalidGeo> {
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        match text.as_bytes() {
            [five @ .., b'-', a, b, c, d] if digits(&[*a, *b, *c, *d]) => Some(five),
            five => Some(five),
        }
        .and_then(|five| <[u8; 5]>::try_from(five).ok())
        .filter(|five| digits(five))
        .map(Self)
        .ok_or_else(|| InvalidGeo::Zip(clip(text)))
    }
}

/// An area code of the North American plan: `[2-9]XX`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AreaCode([u8; 3]);

impl AreaCode {
    /// Returns the three digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("000")
    }
}

impl FromStr for AreaCode {
    type Err = InvalidGeo;
    fn from_str(text: &str) -> Result<Self, InvalidGeo> {
        match *text.as_bytes() {
            [a @ b'2'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => Ok(Self([a, b, c])),
            _ => Err(InvalidGeo::AreaCode(clip(text))),
        }
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidGeo;
            fn try_from(text: String) -> Result<Self, InvalidGeo> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(place: $name) -> String {
                place.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

as_text! { UsState Zip AreaCode }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_the_59_postal_codes_sorted() {
        let states: Vec<UsState> = UsState::all().collect();
        assert_eq!(states.len(), 50 + 1 + 5 + 3);
        assert!(states.is_sorted_by(|a, b| a < b));
        assert_eq!("ca".parse::<UsState>().unwrap().as_str(), "CA");
        for bad in ["", "C", "XX", "CAL", "éa"] {
            assert!(bad.parse::<UsState>().is_err(), "{bad}");
        }
    }

    #[test]
    fn zips_are_five_digits() {
        for (text, zip) in [
            ("90210", Some("90210")),
            ("00501-1234", Some("00501")),
            ("9021", None),
            ("902101", None),
            ("90210-12", None),
            ("9021O", None),
            ("90210-123x", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Zip>().ok().map(|z| z.to_string()).as_deref(), zip, "{text}");
        }
    }

    #[test]
    fn area_codes_are_three_digits() {
        for (text, good) in
            [("305", true), ("205", true), ("105", false), ("30", false), ("3055", false)]
        {
            assert_eq!(text.parse::<AreaCode>().is_ok(), good, "{text}");
        }
    }
}
