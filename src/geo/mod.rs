//! Geography: where zips, area codes and country codes are, and distances between zips.
//!
//! The tables of `data/` are part of the program and are read where they lie: there is nothing to
//! load, to build or to hand down, and a lookup allocates nothing. `scripts/build-geo.py` makes
//! them; `docs/geography.md` names their sources and licences, and what they cannot know.

#![deny(clippy::wildcard_enum_match_arm)]

mod area_code;
mod city;
mod code;
mod country;
mod county;
mod dma;
mod name;
mod radius;
mod table;
mod zip;
mod zone;

pub use city::City;
pub use city::CityName;
pub use code::AreaCode;
pub use code::InvalidGeo;
pub use code::UsState;
pub use code::Zip;
pub use country::Country;
pub use county::County;
pub use county::Named;
pub use dma::DmaCode;
pub use dma::DmaTable;
pub use radius::MILES_MAX;
pub use radius::distance;
pub use radius::zips_within;
pub use zip::Place;
pub use zip::Point;
pub use zone::Zone;
pub use zone::Zones;

#[cfg(test)]
mod tests;
