//! Pacing: the number of a day's units that are due at a time of day.

use jiff::civil::Weekday;

use super::Periods;
use crate::base::Week;

/// Returns how many of `limit` units are due by this minute of the day, spread evenly over its open
/// hours: at least one from the first open minute, all in the last.
pub(super) fn due(week: &Week, periods: &Periods, limit: u64) -> u64 {
    let (open, gone) = minutes(week, periods.weekday(), periods.minute());
    if open == 0 {
        return limit;
    }
    // The current minute counts: rounded up, so that the first minute has its unit.
    let due = (u128::from(limit) * u128::from(gone)).div_ceil(u128::from(open));
    u64::try_from(due).unwrap_or(limit)
}

/// Returns whether the week is open at this minute.
pub(super) fn is_open(week: &Week, periods: &Periods) -> bool {
    let minute = periods.minute();
    week.day(periods.weekday()).iter().any(|span| (span.from..span.to).contains(&minute))
}

/// Returns the open minutes of a day, and how many of them have begun by a minute.
fn minutes(week: &Week, day: Weekday, minute: u16) -> (u64, u64) {
    let (mut open, mut gone) = (0, 0);
    for span in week.day(day) {
        open += u64::from(span.to.saturating_sub(span.from));
        gone += u64::from((minute + 1).clamp(span.from, span.to) - span.from);
    }
    (open, gone)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn a_day_is_spread_over_its_open_hours() {
        let mut week = Week::default();
        assert!(week.add(Weekday::Tuesday, 9 * 60, 12 * 60));
        assert!(week.add(Weekday::Tuesday, 13 * 60, 18 * 60));
        for (clock, limit, expected) in [
            ("08:59", 80, 0),
            ("09:00", 80, 1),
            ("10:00", 80, 11),
            ("11:59", 80, 30),
            ("12:30", 80, 30),
            ("13:00", 80, 31),
            ("17:59", 80, 80),
            ("23:00", 80, 80),
            ("09:00", 0, 0),
            ("09:00", 4_800, 10),
            ("17:58", u64::MAX, u64::MAX - u64::MAX / 480),
        ] {
            let wall = format!("2026-01-06T{clock}:30Z").parse().unwrap();
            let due = due(&week, &Periods::at(&TimeZone::UTC, wall), limit);
            assert_eq!(due, expected, "{clock} of {limit}");
        }
        // Wednesday has no open hours: the hours refuse the call, not the pace.
        let wednesday = "2026-01-07T09:00:00Z".parse().unwrap();
        assert_eq!(due(&week, &Periods::at(&TimeZone::UTC, wednesday), 80), 80);
    }

    #[test]
    fn hours_include_their_first_minute_and_exclude_their_end() {
        let mut week = Week::default();
        assert!(week.add(Weekday::Tuesday, 9 * 60, 12 * 60));
        for (clock, open) in [
            ("2026-01-06T08:59", false),
            ("2026-01-06T09:00", true),
            ("2026-01-06T11:59", true),
            ("2026-01-06T12:00", false),
            ("2026-01-07T09:00", false),
        ] {
            let wall = format!("{clock}:30Z").parse().unwrap();
            assert_eq!(is_open(&week, &Periods::at(&TimeZone::UTC, wall)), open, "{clock}");
        }
    }
}
