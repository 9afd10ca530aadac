//! Counties and their equivalents: parishes, boroughs, independent cities.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use super::InvalidGeo;
use super::UsState;
use super::code::clip;
use super::name::fold;
use super::table;
use super::table::Table;

const COUNTIES: Table = Table::new(include_bytes!("data/counties.bin"), 8);
const NAMES: &str = include_str!("data/county_names.txt");

/// Endings of a county's name, longest first.
const KINDS: &[&str] = &[
    "cityandborough",
    "censusarea",
    "municipality",
    "municipio",
    "borough",
    "county",
    "parish",
    "city",
];

/// A county of the 2017 Census; Connecticut has its eight old ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct County(u16);

/// Result of a search by name and state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// No county.
    None,
    /// One county.
    One(County),
    /// A county and a city of the same name.
    Several(County, County),
}

impl County {
    /// Returns the county in a row of the table.
    pub(super) fn of(place: usize) -> Option<Self> {
        let place = u16::try_from(place).ok()?;
        (usize::from(place) + 1 < COUNTIES.len()).then_some(Self(place))
    }

    /// Returns every county, by FIPS code.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..COUNTIES.len()).filter_map(Self::of)
    }

    /// Returns the county of a name, with or without an ending like `County` or `Parish`.
    pub fn find(name: &str, state: UsState) -> Named {
        let wanted = fold(name);
        let mut found = Named::None;
        for county in Self::all().filter(|county| county.state() == Some(state)) {
            let full = fold(county.name());
            if full == wanted {
                return Named::One(county);
            }
            if bare(&full) == wanted {
                found = match found {
                    Named::None => Named::One(county),
                    Named::One(other) | Named::Several(other, _) => Named::Several(other, county),
                };
            }
        }
        found
    }

    /// Returns the county of a FIPS code: state and county, five digits.
    pub fn of_fips(fips: u32) -> Option<Self> {
        let rows = 0..COUNTIES.len() - 1;
        let found = COUNTIES.find(rows, |row| table::number(row, 0, 3).cmp(&u64::from(fips)));
        Self::of(found?.0)
    }

    /// Returns the FIPS code.
    pub fn fips(self) -> u32 {
        u32::try_from(table::number(self.row(), 0, 3)).unwrap_or(0)
    }

    /// Returns the state.
    pub fn state(self) -> Option<UsState> {
        Some(UsState::of(table::letters(self.row(), 3)))
    }

    /// Returns the name, like `Dallas County`.
    pub fn name(self) -> &'static str {
        table::name(COUNTIES, 5, NAMES, usize::from(self.0))
    }

    fn row(self) -> &'static [u8] {
        COUNTIES.row(usize::from(self.0)).unwrap_or_default()
    }
}

/// Returns a folded name without its ending.
fn bare(folded: &str) -> &str {
    let cut = |kind: &&str| folded.strip_suffix(kind).filter(|rest| !rest.is_empty());
    KINDS.iter().find_map(cut).unwrap_or(folded)
}

impl FromStr for County {
    type Err = InvalidGeo;
    /// Parses `Dallas County, TX`, `Dallas, TX` or the FIPS code `48113`.
    fn from_str(text: &str) -> Result<Self, InvalidGeo> {
        let unknown = || InvalidGeo::County(clip(text));
        if text.len() == "48113".len() && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().and_then(Self::of_fips).ok_or_else(unknown);
        }
        let (name, state) = text.rsplit_once(',').ok_or_else(unknown)?;
        match Self::find(name, state.trim().parse().map_err(|_| unknown())?) {
            Named::One(county) => Ok(county),
            Named::None => Err(unknown()),
            Named::Several(one, other) => {
                let shown = clip(text);
                Err(InvalidGeo::Counties { shown, one: one.name(), other: other.name() })
            }
        }
    }
}

impl TryFrom<String> for County {
    type Error = InvalidGeo;
    fn try_from(text: String) -> Result<Self, InvalidGeo> {
        text.parse()
    }
}

impl From<County> for String {
    fn from(county: County) -> String {
        county.to_string()
    }
}

impl fmt::Display for County {
    /// Formats `Dallas County, TX`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state() {
            Some(state) => write!(f, "{}, {state}", self.name()),
            None => f.write_str(self.name()),
        }
    }
}

impl fmt::Debug for County {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
