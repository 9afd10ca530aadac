//! Times as people write them: absolute, as a date, or as how long ago.

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Wall;
use super::parse_duration;

/// Reads a time: RFC 3339, a date (the beginning of that day in the zone), or a duration before
/// now. Whole days ago count from midnight in the zone. `None` if it is none of them.
pub fn parse_instant(text: &str, zone: &TimeZone, now: Wall) -> Option<Wall> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    if let Ok(date) = text.parse::<Date>() {
        return day_start(date, zone);
    }
    let back = parse_duration(text).ok()?;
    let seconds = back.as_secs();
    let days = i32::try_from(seconds / 86_400).ok().filter(|days| *days > 0);
    match days.filter(|_| seconds % 86_400 == 0) {
        Some(days) => Some(days_ago(zone, now, days)),
        None => Some((now - back).max(Wall::default())),
    }
}

/// Returns the beginning of the local day that was `days` before today; 1970 at the earliest.
pub fn days_ago(zone: &TimeZone, now: Wall, days: i32) -> Wall {
    let date = local_date(zone, now).checked_sub(Span::new().days(days)).ok();
    date.and_then(|date| day_start(date, zone)).unwrap_or_default().max(Wall::default())
}

/// Returns the beginning of the current local month; 1970 at the earliest.
pub fn month_start(zone: &TimeZone, now: Wall) -> Wall {
    let first = local_date(zone, now).first_of_month();
    day_start(first, zone).unwrap_or_default().max(Wall::default())
}

/// Returns the local date at an instant.
pub fn local_date(zone: &TimeZone, now: Wall) -> Date {
    now.timestamp().to_zoned(zone.clone()).date()
}

/// Returns the first instant of a local day; `None` beyond the calendar.
pub fn day_start(date: Date, zone: &TimeZone) -> Option<Wall> {
    let start = date.to_zoned(zone.clone()).ok()?.timestamp();
    Some(Wall::from_micros(start.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_zone() {
        let now: Wall = "2026-11-02T03:30:00Z".parse().unwrap();
        for (text, zone, expected) in [
            ("2026-05-04T15:00:00+02:00", "UTC", Some("2026-05-04T13:00:00Z")),
            ("2026-05-04", "UTC", Some("2026-05-04T00:00:00Z")),
            ("2026-05-04", "America/New_York", Some("2026-05-04T04:00:00Z")),
            // Its night has no midnight: the day begins an hour later.
            ("2026-09-06", "America/Santiago", Some("2026-09-06T04:00:00Z")),
            ("12h", "UTC", Some("2026-11-01T15:30:00Z")),
            ("1d", "UTC", Some("2026-11-01T00:00:00Z")),
            // It is still the first of November there, a day of 25 hours.
            ("1d", "America/New_York", Some("2026-10-31T04:00:00Z")),
            ("999999d", "UTC", Some("1970-01-01T00:00:00Z")),
            ("soon", "UTC", None),
            ("2026-02-30", "UTC", None),
            ("", "UTC", None),
        ] {
            let found = parse_instant(text, &TimeZone::get(zone).unwrap(), now);
            let expected = expected.map(|at| at.parse().unwrap());
            assert_eq!(found, expected, "{text} {zone}");
        }
        let month = |zone| month_start(&TimeZone::get(zone).unwrap(), now).to_string();
        assert_eq!(month("UTC"), "2026-11-01T00:00:00Z");
        assert_eq!(month("America/Los_Angeles"), "2026-11-01T07:00:00Z");
    }
}
