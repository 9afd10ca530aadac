//! Filters by place that are more than a list of codes.

use std::fmt;
use std::sync::Arc;

use crate::geo::CityName;
use crate::geo::DmaCode;
use crate::geo::State;
use crate::geo::Zip;
use crate::geo::distance;
use crate::geo::zips_within;

/// A city, of one state or of whichever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CityRule {
    /// Its name.
    pub name: CityName,
    /// Its state; none when every city of the name will do.
    pub state: Option<State>,
}

impl CityRule {
    /// Whether a city is meant. One whose state is not known is not, when the rule names a state.
    pub fn takes(&self, city: CityName, state: Option<State>) -> bool {
        self.name == city && (self.state.is_none() || self.state == state)
    }
}

impl fmt::Display for CityRule {
    /// `Dallas, TX` or `Dallas`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state {
            Some(state) => write!(f, "{}, {state}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

/// A circle around a zip that is known to the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Radius {
    /// The zip in the middle.
    pub zip: Zip,
    /// How far it reaches.
    pub miles: u32,
}

impl Radius {
    /// The zips within it, sorted.
    pub fn zips(&self) -> Vec<Zip> {
        zips_within(self.zip, self.miles).unwrap_or_default()
    }

    /// How far a zip is from the middle, in miles; `None` when it is not on the map.
    pub fn miles_to(&self, zip: Zip) -> Option<f64> {
        let point = |zip: Zip| zip.place()?.point;
        Some(distance(point(self.zip)?, point(zip)?))
    }
}

/// Market areas, and the zips that the imported table gave them when the book was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmaRule {
    /// The areas' codes.
    pub codes: Vec<DmaCode>,
    /// Their zips, sorted.
    pub zips: Arc<[Zip]>,
}
