//! Tables of rows of one width, read where they lie. Numbers are little-endian.
//!
//! | file | row | sorted by |
//! |---|---|---|
//! | `zips.bin` | last two digits 1, latitude 3, longitude 3, city 2, county 2, zone 1 | zip |
//! | `zip_prefixes.bin` | first row with these three digits 2, letters of their state 2 | prefix |
//! | `zips_by_latitude.bin` | row of `zips.bin` 2 | latitude |
//! | `cities.bin` | name 2, state's letters 2 | name, state |
//! | `city_names.bin` | start of the name in `city_names.txt` 3 | folded name |
//! | `counties.bin` | FIPS 3, state's letters 2, start of the name in `county_names.txt` 3 | FIPS |
//! | `area_codes.bin` | code 2, country's letters 2, state's letters 2, zones 8 | code |
//! | `state_zones.bin` | state's letters 2, zones 2 | state |
//!
//! Latitudes and longitudes count ten thousandths of a degree (eleven meters) from -180°. Zones are
//! places in `zones.txt`, or a bit for each. The tables of names have one row more, at the end.

use std::cmp::Ordering;

/// A table of rows with a fixed width.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    bytes: &'static [u8],
    width: usize,
}

impl Table {
    /// Creates a table of rows of `width` bytes.
    pub(super) const fn new(bytes: &'static [u8], width: usize) -> Self {
        Self { bytes, width }
    }

    /// Returns the number of rows.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    /// Returns a row by its index.
    pub(super) fn row(&self, place: usize) -> Option<&'static [u8]> {
        let start = place * self.width;
        self.bytes.get(start..start + self.width)
    }

    /// Returns the first index of `within` whose row is not before the searched one.
    pub(super) fn first(
        &self,
        within: std::ops::Range<usize>,
        is_before: impl Fn(&'static [u8]) -> bool,
    ) -> usize {
        let (mut low, mut high) = (within.start, within.end.min(self.len()));
        while low < high {
            let middle = low.midpoint(high);
            if self.row(middle).is_some_and(&is_before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Returns the index and row that compare as equal.
    pub(super) fn find(
        &self,
        within: std::ops::Range<usize>,
        compare: impl Fn(&'static [u8]) -> Ordering,
    ) -> Option<(usize, &'static [u8])> {
        let place = self.first(within.clone(), |row| compare(row) == Ordering::Less);
        let row = self.row(place).filter(|row| compare(row) == Ordering::Equal)?;
        within.contains(&place).then_some((place, row))
    }
}

/// Returns the number in `size` bytes of a row. Bytes beyond the row count as zero; the tests of
/// the tables exclude that case.
pub(super) fn number(row: &[u8], at: usize, size: usize) -> u64 {
    let bytes = row.get(at..at + size).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Returns the number in `size` bytes of a row as an index into a table.
pub(super) fn place(row: &[u8], at: usize, size: usize) -> usize {
    usize::try_from(number(row, at, size)).unwrap_or(usize::MAX)
}

/// Returns the two letters at an offset of a row.
pub(super) fn letters(row: &[u8], at: usize) -> [u8; 2] {
    row.get(at..at + 2).and_then(|two| two.try_into().ok()).unwrap_or(*b"--")
}

/// Returns the name between its own start and that of the next row.
pub(super) fn name(starts: Table, at: usize, text: &'static str, place_of: usize) -> &'static str {
    let start = |row: &[u8]| place(row, at, 3);
    let bounds = starts.row(place_of).zip(starts.row(place_of + 1));
    bounds.and_then(|(own, next)| text.get(start(own)..start(next))).unwrap_or_default()
}
