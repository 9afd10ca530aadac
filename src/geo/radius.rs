//! Distances between zips, and the zips within a radius.

use super::Point;
use super::Zip;
use super::table;
use super::table::Table;
use super::zip::ORIGIN;
use super::zip::PARTS;
use super::zip::ZIPS;
use super::zip::zip_of;

const BY_LATITUDE: Table = Table::new(include_bytes!("data/zips_by_latitude.bin"), 2);

/// Mean radius of the earth, in statute miles.
const EARTH: f64 = 3_958.761_3;

/// Widest radius, in miles: across a region, not the continent.
pub const MILES_MAX: u32 = 1_000;

/// Returns the miles between two points on a sphere (haversine formula): accurate to half a
/// percent, less than the width of a zip.
pub fn distance(a: Point, b: Point) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let across = a.latitude.to_radians().cos() * b.latitude.to_radians().cos();
    let chord = half(a.latitude, b.latitude) + across * half(a.longitude, b.longitude);
    2.0 * EARTH * chord.sqrt().min(1.0).asin()
}

/// Returns every zip whose point is at most `miles` from another zip's, sorted. `None` if that zip
/// is not in the table or has no point there.
pub fn zips_within(center: Zip, miles: u32) -> Option<Vec<Zip>> {
    let from = center.place()?.point?;
    let miles = f64::from(miles);
    // Slightly wider than the circle, so that rounding omits no zip.
    let band = (miles / EARTH).to_degrees() + 1.0 / PARTS;
    let first =
        BY_LATITUDE.first(0..BY_LATITUDE.len(), |place| latitude(place) < from.latitude - band);
    let places = (first..BY_LATITUDE.len()).map_while(|place| BY_LATITUDE.row(place));
    let in_band = places.take_while(|place| latitude(place) <= from.latitude + band);
    let aside = aside(from.latitude, miles);
    let mut rows: Vec<usize> = in_band
        .map(|place| table::place(place, 0, 2))
        .filter(|row| {
            let point = ZIPS.row(*row).and_then(Point::of);
            let beside = |point: Point| {
                let degrees = (point.longitude - from.longitude).abs();
                degrees.min(360.0 - degrees)
            };
            point.is_some_and(|p| beside(p) <= aside && distance(from, p) <= miles)
        })
        .collect();
    rows.sort_unstable();
    Some(rows.into_iter().filter_map(zip_of).collect())
}

/// Returns the degrees of longitude that a circle covers to either side, plus a small margin: the
/// meridians that touch it are at asin(sin r / cos φ) from its center (spherical sine rule in the
/// right triangle of pole, center and point of contact).
fn aside(latitude: f64, miles: f64) -> f64 {
    let ratio = (miles / EARTH).sin() / latitude.to_radians().cos();
    if ratio >= 1.0 { 360.0 } else { ratio.asin().to_degrees() + 1.0 / PARTS }
}

/// Returns the latitude of a row of the table by latitude.
fn latitude(place: &[u8]) -> f64 {
    let row = ZIPS.row(table::place(place, 0, 2)).unwrap_or_default();
    let parts = u32::try_from(table::number(row, 1, 3)).unwrap_or(0);
    (f64::from(parts) - ORIGIN) / PARTS
}
