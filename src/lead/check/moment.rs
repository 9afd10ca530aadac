//! Times as forms send them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::base::Wall;

/// Largest number of seconds since 1970 that is one of seconds: a larger one is of milliseconds.
const SECONDS_MAX: i64 = 99_999_999_999;

/// Parses a time: RFC 3339, `2026-11-29 12:00:00` in UTC, or seconds or milliseconds since 1970.
pub(super) fn parse(text: &str) -> Option<Wall> {
    if let Ok(number) = text.parse::<i64>() {
        let micros = if number.abs() <= SECONDS_MAX { 1_000_000 } else { 1_000 };
        return number.checked_mul(micros).map(Wall::from_micros);
    }
    if let Ok(at) = text.parse::<Wall>() {
        return Some(at);
    }
    let local: DateTime = text.parse().ok()?;
    let at = local.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Wall::from_micros(at.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_forms_write_them() {
        let noon = "2026-11-29T12:00:00Z".parse::<Wall>().unwrap();
        for text in [
            "2026-11-29T12:00:00Z",
            "2026-11-29T07:00:00-05:00",
            "2026-11-29 12:00:00",
            "1795953600",
            "1795953600000",
        ] {
            assert_eq!(parse(text), Some(noon), "{text}");
        }
        for text in ["", "soon", "2026-13-01T00:00:00Z", "99999999999999999999"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
