//! Filters by city, radius and market area.

use std::fmt;
use std::sync::Arc;

use crate::geo::CityName;
use crate::geo::DmaCode;
use crate::geo::UsState;
use crate::geo::Zip;
use crate::geo::distance;
use crate::geo::zips_within;

/// A city, in one state or in any state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CityRule {
    /// Name of the city.
    pub name: CityName,
    /// State of the city; `None` for a city of this name in any state.
    pub state: Option<UsState>,
}

impl CityRule {
    /// Returns whether the rule matches a city. A rule with a state requires that state.
    pub fn takes(&self, city: CityName, state: Option<UsState>) -> bool {
        self.name == city && (self.state.is_none() || self.state == state)
    }
}

impl fmt::Display for CityRule {
    /// Writes `Dallas, TX` or `Dallas`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state {
            Some(state) => write!(f, "{}, {state}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

/// A circle around a zip that is in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Radius {
    /// Zip at the center.
    pub zip: Zip,
    /// Radius in miles.
    pub miles: u32,
}

impl Radius {
    /// Returns the zips within the circle, sorted.
    pub fn zips(&self) -> Vec<Zip> {
        zips_within(self.zip, self.miles).unwrap_or_default()
    }

    /// Returns the distance of a zip from the center in miles; `None` if the zip has no
    /// coordinates.
    pub fn miles_to(&self, zip: Zip) -> Option<f64> {
        let point = |zip: Zip| zip.place()?.point;
        Some(distance(point(self.zip)?, point(zip)?))
    }
}

/// Market areas, with their zips in the imported table when the book was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmaRule {
    /// Codes of the areas.
    pub codes: Vec<DmaCode>,
    /// Zips of the areas, sorted.
    pub zips: Arc<[Zip]>,
}
