//! Cities, by the postal name that their zips use.

use std::cmp::Ordering;
use std::fmt;

use super::UsState;
use super::name::folded;
use super::table;
use super::table::Table;

const CITIES: Table = Table::new(include_bytes!("data/cities.bin"), 4);
const STARTS: Table = Table::new(include_bytes!("data/city_names.bin"), 3);
const NAMES: &str = include_str!("data/city_names.txt");

/// A city's name in any state: nine states have a Dallas.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CityName(u16);

impl CityName {
    /// Returns the city name for a text in any spelling: `saint louis`, `St. Louis`. Allocates
    /// nothing.
    pub fn find(text: &str) -> Option<Self> {
        let (mut low, mut high) = (0, STARTS.len() - 1);
        while low < high {
            let middle = low.midpoint(high);
            match folded(name(middle)).cmp(folded(text)) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return u16::try_from(middle).ok().map(Self),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Returns every name, sorted.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..STARTS.len() - 1).filter_map(|place| u16::try_from(place).ok().map(Self))
    }

    /// Returns the name in the usual spelling.
    pub fn as_str(self) -> &'static str {
        name(usize::from(self.0))
    }

    /// Returns the states that have a city of this name, sorted.
    pub fn states(self) -> impl Iterator<Item = UsState> {
        let own = u64::from(self.0);
        let first = CITIES.first(0..CITIES.len(), |row| table::number(row, 0, 2) < own);
        let rows = (first..CITIES.len()).map_while(|place| CITIES.row(place));
        rows.take_while(move |row| table::number(row, 0, 2) == own)
            .map(|row| UsState::of(table::letters(row, 2)))
    }
}

fn name(place: usize) -> &'static str {
    table::name(STARTS, 0, NAMES, place)
}

impl fmt::Display for CityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A city of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct City {
    /// Its name.
    pub name: CityName,
    /// Its state.
    pub state: UsState,
}

impl City {
    /// Returns the city in a row of the table.
    pub(super) fn of(place: usize) -> Option<Self> {
        let row = CITIES.row(place)?;
        let name = u16::try_from(table::number(row, 0, 2)).ok()?;
        Some(Self { name: CityName(name), state: UsState::of(table::letters(row, 2)) })
    }
}

impl fmt::Display for City {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.name, self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_by_itself() {
        let mut names = 0;
        for name in CityName::all() {
            assert_eq!(CityName::find(name.as_str()), Some(name));
            assert!(name.states().next().is_some(), "{name}");
            names += 1;
        }
        assert!(names > 18_000, "{names}");
        assert!(CityName::all().map(CityName::as_str).all(|name| !name.is_empty()));
    }

    #[test]
    fn names_are_found_as_people_write_them() {
        for (text, name) in [
            ("dallas", Some("Dallas")),
            ("ST. LOUIS", Some("Saint Louis")),
            ("Mc Kinney", Some("McKinney")),
            ("mckinney", Some("McKinney")),
            ("Dalas", None),
            ("", None),
        ] {
            assert_eq!(CityName::find(text).map(CityName::as_str), name, "{text}");
        }
        let states = CityName::find("Beverly Hills").unwrap().states();
        let states: Vec<String> = states.map(|state| state.to_string()).collect();
        assert_eq!(states, ["CA", "FL"]);
    }
}
