//! Location data of a zip.

use super::City;
use super::County;
use super::UsState;
use super::Zip;
use super::Zone;
use super::table;
use super::table::Table;

pub(super) const ZIPS: Table = Table::new(include_bytes!("data/zips.bin"), 12);
const PREFIXES: Table = Table::new(include_bytes!("data/zip_prefixes.bin"), 4);
/// Origin of latitudes and longitudes, in ten thousandths of a degree.
pub(super) const ORIGIN: f64 = 1_800_000.0;
/// Units per degree: ten thousandths.
pub(super) const PARTS: f64 = 10_000.0;

/// A point on the map, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east; negative in the United States.
    pub longitude: f64,
}

impl Point {
    /// Returns the point of a row; `None` if the table has none.
    pub(super) fn of(row: &[u8]) -> Option<Self> {
        let degrees = |at: usize| {
            let parts = u32::try_from(table::number(row, at, 3)).unwrap_or(0);
            (f64::from(parts) - ORIGIN) / PARTS
        };
        let latitude = degrees(1);
        (latitude > -180.0).then(|| Self { latitude, longitude: degrees(4) })
    }
}

/// Location of a zip: its post office, or the center of its area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Postal city.
    pub city: City,
    /// County of its point. `None` for zips without a point.
    pub county: Option<County>,
    /// Time zone. `None` for military zips.
    pub zone: Option<Zone>,
    /// The point. `None` for military zips.
    pub point: Option<Point>,
}

impl Zip {
    /// Returns the location; `None` if the zip is unused, or too new for the table.
    pub fn place(self) -> Option<Place> {
        let row = ZIPS.row(self.row()?)?;
        Some(Place {
            city: City::of(table::place(row, 7, 2))?,
            county: County::of(table::place(row, 9, 2)),
            zone: Zone::of(table::number(row, 11, 1)),
            point: Point::of(row),
        })
    }

    /// Returns the state. For a zip that is not in the table, returns the state of most zips with
    /// the same first three digits: they identify the postal region, and only a handful of zips
    /// cross state lines.
    pub fn state(self) -> Option<UsState> {
        match self.row() {
            Some(row) => state_of(row),
            None => self.region(),
        }
    }

    /// Returns every zip of the table, sorted.
    pub fn all() -> impl Iterator<Item = Zip> {
        (0..1_000).flat_map(|prefix| region(prefix).filter_map(move |row| of_row(prefix, row)))
    }

    /// Returns the state of most zips with the same first three digits.
    fn region(self) -> Option<UsState> {
        let letters = table::letters(PREFIXES.row(self.number() / 100)?, 2);
        (letters != *b"--").then(|| UsState::of(letters))
    }

    /// Returns the row in the table.
    fn row(self) -> Option<usize> {
        let number = self.number();
        let last = u64::try_from(number % 100).ok()?;
        let found = ZIPS.find(region(number / 100), |row| table::number(row, 0, 1).cmp(&last));
        found.map(|(place, _)| place)
    }
}

/// Returns the rows of the zips with the same first three digits.
fn region(prefix: usize) -> std::ops::Range<usize> {
    let start = |prefix: usize| PREFIXES.row(prefix).map_or(0, |row| table::place(row, 0, 2));
    start(prefix)..start(prefix + 1)
}

fn of_row(prefix: usize, row: usize) -> Option<Zip> {
    let last = table::place(ZIPS.row(row)?, 0, 1);
    Zip::of(prefix * 100 + last)
}

/// Returns the zip of a row.
pub(super) fn zip_of(row: usize) -> Option<Zip> {
    let prefix = PREFIXES.first(0..PREFIXES.len(), |start| table::place(start, 0, 2) <= row);
    of_row(prefix.checked_sub(1)?, row)
}

fn state_of(row: usize) -> Option<UsState> {
    City::of(table::place(ZIPS.row(row)?, 7, 2)).map(|city| city.state)
}
