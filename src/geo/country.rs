//! Countries, by the two letters of ISO 3166.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use super::AreaCode;
use super::InvalidGeo;
use super::UsState;
use super::code::clip;
use super::table;
use super::table::Table;
use crate::base::Phone;

/// Two letters each, sorted, without separators.
const COUNTRIES: Table = Table::new(include_bytes!("data/countries.txt"), 2);

/// A country. US territories count as the United States: they are states here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// The United States.
    pub const US: Country = Country(*b"US");

    pub(super) fn of_letters(letters: [u8; 2]) -> Self {
        Self(letters)
    }

    /// Returns every country with telephone numbers.
    pub fn all() -> impl Iterator<Item = Country> {
        (0..COUNTRIES.len())
            .filter_map(|place| Some(Self(table::letters(COUNTRIES.row(place)?, 0))))
    }

    /// Returns the two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// Returns the country of a number: by its area code in North America, otherwise by the
    /// numbering plans of the world. `None` for toll-free and satellite numbers.
    pub fn of(phone: &Phone) -> Option<Self> {
        match phone.area_code() {
            Some(code) => code.parse::<AreaCode>().ok()?.country(),
            None => phone.region()?.parse().ok().filter(|country| *country != Self::US),
        }
    }
}

impl FromStr for Country {
    type Err = InvalidGeo;
    /// Parses two letters in either case.
    fn from_str(text: &str) -> Result<Self, InvalidGeo> {
        let upper = text.to_ascii_uppercase();
        if let Some(country) = Self::all().find(|country| country.as_str() == upper) {
            return Ok(country);
        }
        // The letters of a state that are not a country get their own error.
        match upper.parse::<UsState>() {
            Ok(state) if ["PR", "VI", "GU", "AS", "MP"].contains(&state.as_str()) => {
                Err(InvalidGeo::Territory(state))
            }
            Ok(_) | Err(_) => Err(InvalidGeo::Country(clip(text))),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = InvalidGeo;
    fn try_from(text: String) -> Result<Self, InvalidGeo> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.as_str().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
