//! Geography: locations of zips, area codes and country codes, and distances between zips.
//!
//! The tables of `data/` are part of the program and are read in place: nothing is loaded or built
//! at the start, and a lookup allocates nothing. `scripts/build-geo.py` generates them;
//! `docs/geography.md` lists their sources and licences, and what they cannot know.

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
