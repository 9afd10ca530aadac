//! Holiday calendars.

use jiff::civil::Date;
use jiff::civil::Weekday;

/// A holiday calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holidays {
    /// The eleven legal public holidays of the United States (5 U.S.C. §6103). A holiday on a
    /// Saturday is also observed on Friday, one on a Sunday on Monday; the calendar has both days.
    UsFederal,
}

impl Holidays {
    /// Returns whether a date is a holiday, or the day on which one is observed.
    pub fn include(self, date: Date) -> bool {
        match self {
            Holidays::UsFederal => us_federal(date),
        }
    }
}

/// Holidays with a fixed date: month and day.
const FIXED: [(i8, i8); 5] = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)];

/// A holiday on the nth weekday of a month.
struct Floating {
    month: i8,
    /// Counted from the month's end when negative.
    nth: i8,
    weekday: Weekday,
}

const fn floating(month: i8, nth: i8, weekday: Weekday) -> Floating {
    Floating { month, nth, weekday }
}

/// Holidays on the nth weekday of a month.
const FLOATING: [Floating; 6] = [
    floating(1, 3, Weekday::Monday), // Birthday of Martin Luther King, Jr.
    floating(2, 3, Weekday::Monday), // Washington's Birthday
    floating(5, -1, Weekday::Monday), // Memorial Day
    floating(9, 1, Weekday::Monday), // Labor Day
    floating(10, 2, Weekday::Monday), // Columbus Day
    floating(11, 4, Weekday::Thursday), // Thanksgiving Day
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
    FLOATING.iter().any(|&Floating { month, nth, weekday }| {
        date.month() == month && date.nth_weekday_of_month(nth, weekday).is_ok_and(|d| d == date)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The calendar of the Office of Personnel Management, with both days where the observed one
    /// differs; in order of date.
    const YEARS: &[(i16, &[&str])] = &[
        (
            2024,
            &[
                "01-01", "01-15", "02-19", "05-27", "06-19", "07-04", "09-02", "10-14", "11-11",
                "11-28", "12-25",
            ],
        ),
        (
            2025,
            &[
                "01-01", "01-20", "02-17", "05-26", "06-19", "07-04", "09-01", "10-13", "11-11",
                "11-27", "12-25",
            ],
        ),
        (
            2026,
            &[
                "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "07-04", "09-07", "10-12",
                "11-11", "11-26", "12-25",
            ],
        ),
        (
            // January 1, 2028 is a Saturday, so 2028's calendar includes the day before.
            2027,
            &[
                "01-01", "01-18", "02-15", "05-31", "06-18", "06-19", "07-04", "07-05", "09-06",
                "10-11", "11-11", "11-25", "12-24", "12-25", "12-31",
            ],
        ),
        (
            2028,
            &[
                "01-01", "01-17", "02-21", "05-29", "06-19", "07-04", "09-04", "10-09", "11-10",
                "11-11", "11-23", "12-25",
            ],
        ),
    ];

    #[test]
    fn five_years_of_federal_holidays() {
        for (year, expected) in YEARS {
            let first = Date::new(*year, 1, 1).unwrap();
            let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
            let found: Vec<String> = days
                .take_while(|day| day.year() == *year)
                .filter(|day| Holidays::UsFederal.include(*day))
                .map(|day| format!("{:02}-{:02}", day.month(), day.day()))
                .collect();
            assert_eq!(found, *expected, "{year}");
        }
    }
}
