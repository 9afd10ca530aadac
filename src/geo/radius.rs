//! Distances, and the zips around one.

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

/// Miles between two points along the surface of a ball (haversine formula): within half a
/// percent of the truth, which is less than a zip is wide.
pub fn distance(a: Point, b: Point) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let across = a.latitude.to_radians().cos() * b.latitude.to_radians().cos();
    let chord = half(a.latitude, b.latitude) + across * half(a.longitude, b.longitude);
    2.0 * EARTH * chord.sqrt().min(1.0).asin()
}

/// Every zip whose point lies at most `miles` from another zip's, sorted. `None` when that zip is
/// not in the table or has no point there.
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

/// How many degrees of longitude a circle reaches to either side, and a hair more: the meridians
/// that touch it do so at asin(sin r / cos φ) from its middle (spherical sine rule in the right
/// triangle of pole, middle and point of contact).
fn aside(latitude: f64, miles: f64) -> f64 {
    let ratio = (miles / EARTH).sin() / latitude.to_radians().cos();
    if ratio >= 1.0 { 360.0 } else { ratio.asin().to_degrees() + 1.0 / PARTS }
}

/// The latitude of a zip, by its place in the order of latitudes.
fn latitude(place: &[u8]) -> f64 {
    let row = ZIPS.row(table::place(place, 0, 2)).unwrap_or_default();
    let parts = u32::try_from(table::number(row, 1, 3)).unwrap_or(0);
    (f64::from(parts) - ORIGIN) / PARTS
}
