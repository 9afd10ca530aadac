//! Calendars of holidays.

use jiff::civil::Date;
use jiff::civil::Weekday;

/// A calendar of holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holidays {
    /// The eleven legal public holidays of the United States (5 U.S.C. §6103). A holiday on a
    /// Saturday is also observed the Friday before, one on a Sunday the Monday after; both the
    /// day itself and the observed one are in the calendar.
    UsFederal,
}

impl Holidays {
    /// Whether a date is a holiday, or the day on which one is observed.
    pub fn include(self, date: Date) -> bool {
        match self {
            Holidays::UsFederal => us_federal(date),
        }
    }
}

/// Holidays with a fixed date: month and day.
const FIXED: [(i8, i8); 5] = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)];

/// Holidays on the nth weekday of a month, counted from its end when negative.
const FLOATING: [(i8, i8, Weekday); 6] = [
    (1, 3, Weekday::Monday),    // Birthday of Martin Luther King, Jr.
    (2, 3, Weekday::Monday),    // Washington's Birthday
    (5, -1, Weekday::Monday),   // Memorial Day
    (9, 1, Weekday::Monday),    // Labor Day
    (10, 2, Weekday::Monday),   // Columbus Day
    (11, 4, Weekday::Thursday), // Thanksgiving Day
];

fn us_federal(date: Date) -> bool {
    let near = |neighbour: Result<Date, jiff::Error>, on: Weekday| {
        neighbour.is_ok_and(|day| day.weekday() == on && is_fixed(day))
    };
    is_fixed(date)
        || is_floating(date)
        || near(date.tomorrow(), Weekday::Saturday)
        || near(date.yesterday(), Weekday::Sunday)
}

fn is_fixed(date: Date) -> bool {
    FIXED.contains(&(date.month(), date.day()))
}

fn is_floating(date: Date) -> bool {
    FLOATING.iter().any(|&(month, nth, weekday)| {
        date.month() == month && date.nth_weekday_of_month(nth, weekday).is_ok_and(|d| d == date)
    })
}
