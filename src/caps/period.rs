//! Hour, day, week or month of an account at an instant: the key under which units are counted.
//!
//! Nothing is reset when a window turns: the next unit is counted under another key.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

use super::Window;
use crate::base::Wall;

/// One span of a window in an account's zone. Periods of one window order by time.
///
/// As text: `2026-11-01T01-0400`, `2026-11-01`, `2026-W44`, `2026-11`, `total`, `concurrent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// A clock hour. When clocks are set back, the repeated hour is another period: the offset
    /// distinguishes them.
    Hour {
        /// Local date.
        date: Date,
        /// Hour, 0 to 23.
        hour: i8,
        /// Minutes west of UTC (so that the repeated hour sorts after the first).
        west: i16,
    },
    /// A local date, whether it lasts 23, 24 or 25 hours.
    Day(Date),
    /// An ISO 8601 week.
    Week {
        /// The year that the week belongs to.
        year: i16,
        /// Week, 1 to 53.
        week: i8,
    },
    /// A calendar month.
    Month {
        /// The year.
        year: i16,
        /// Month, 1 to 12.
        month: i8,
    },
    /// All time.
    Total,
    /// The current moment.
    Concurrent,
}

impl Period {
    /// Returns the window of this period.
    pub const fn window(self) -> Window {
        match self {
            Period::Hour { .. } => Window::Hour,
            Period::Day(_) => Window::Day,
            Period::Week { .. } => Window::Week,
            Period::Month { .. } => Window::Month,
            Period::Total => Window::Total,
            Period::Concurrent => Window::Concurrent,
        }
    }

    /// Returns a number that orders the periods of one window by time, and differs for each: for
    /// counters that another machine keeps. From 0, below 2⁴⁸ for the years 0 to 9999.
    pub fn number(self) -> i64 {
        let day = |date: Date| {
            let since = date.duration_since(Date::ZERO).as_hours() / 24;
            since.max(0)
        };
        match self {
            // An offset is less than a day: 2¹¹ minutes.
            Period::Hour { date, hour, west } => {
                (day(date) * 24 + i64::from(hour)) * (1 << 12) + i64::from(west) + (1 << 11)
            }
            Period::Day(date) => day(date),
            Period::Week { year, week } => i64::from(year.max(0)) * 64 + i64::from(week),
            Period::Month { year, month } => i64::from(year.max(0)) * 16 + i64::from(month),
            Period::Total | Period::Concurrent => 0,
        }
    }
}

/// Period of every window at one instant in one zone, with the local weekday and minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    windows: [Period; Window::COUNT],
    wall: Wall,
    weekday: Weekday,
    minute: u16,
}

impl Periods {
    /// Returns the periods of `wall` for an account in `zone`.
    pub fn at(zone: &TimeZone, wall: Wall) -> Self {
        let local = wall.timestamp().to_zoned(zone.clone());
        let date = local.date();
        let week = date.iso_week_date();
        let west = -(local.offset().seconds() / 60);
        let windows = [
            Period::Hour {
                date,
                hour: local.hour(),
                west: i16::try_from(west).unwrap_or(i16::MAX),
            },
            Period::Day(date),
            Period::Week { year: week.year(), week: week.week() },
            Period::Month { year: date.year(), month: date.month() },
            Period::Total,
            Period::Concurrent,
        ];
        let part = |part: i8| u16::try_from(part).unwrap_or(0);
        let minute = part(local.hour()) * 60 + part(local.minute());
        Self { windows, wall, weekday: local.weekday(), minute }
    }

    /// Returns the same periods at another instant of the same minute.
    pub(crate) fn moved(&self, wall: Wall) -> Self {
        Self { wall, ..*self }
    }

    /// Returns the instant.
    pub(super) const fn wall(&self) -> Wall {
        self.wall
    }

    /// Returns the local weekday.
    pub(super) const fn weekday(&self) -> Weekday {
        self.weekday
    }

    /// Returns the minutes since local midnight.
    pub(super) const fn minute(&self) -> u16 {
        self.minute
    }

    /// Earlier than every other period: the start of an account that is known only from records.
    pub(super) const BEGINNING: Periods = Periods {
        windows: [
            Period::Hour { date: Date::MIN, hour: 0, west: 0 },
            Period::Day(Date::MIN),
            Period::Week { year: i16::MIN, week: 1 },
            Period::Month { year: i16::MIN, month: 1 },
            Period::Total,
            Period::Concurrent,
        ],
        wall: Wall::from_micros(i64::MIN),
        weekday: Weekday::Monday,
        minute: 0,
    };

    /// Returns the period of a window.
    pub const fn of(&self, window: Window) -> Period {
        self.windows[window.index()]
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Period::Hour { date, hour, west } => {
                let sign = if west > 0 { '-' } else { '+' };
                let size = west.unsigned_abs();
                write!(f, "{date}T{hour:02}{sign}{:02}{:02}", size / 60, size % 60)
            }
            Period::Day(date) => write!(f, "{date}"),
            Period::Week { year, week } => write!(f, "{year:04}-W{week:02}"),
            Period::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Period::Total => f.write_str("total"),
            Period::Concurrent => f.write_str("concurrent"),
        }
    }
}

/// Text that is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a period: write it like 2026-11-01T01-0400, 2026-11-01, 2026-W44 or 2026-11")]
pub struct InvalidPeriod(pub String);

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        read(text).ok_or_else(|| InvalidPeriod(text.chars().take(40).collect()))
    }
}

fn read(text: &str) -> Option<Period> {
    match text {
        "total" => return Some(Period::Total),
        "concurrent" => return Some(Period::Concurrent),
        _ => {}
    }
    if let Some((date, rest)) = text.split_once('T') {
        return read_hour(date, rest);
    }
    if let Some((year, week)) = text.split_once("-W") {
        let week = number(week, 2).filter(|w| (1..=53).contains(w))?;
        return Some(Period::Week { year: number(year, 4)?, week: i8::try_from(week).ok()? });
    }
    match text.split_once('-') {
        Some((year, month)) if month.len() == 2 => {
            let month = number(month, 2).filter(|m| (1..=12).contains(m))?;
            Some(Period::Month { year: number(year, 4)?, month: i8::try_from(month).ok()? })
        }
        _ => text.parse().ok().map(Period::Day),
    }
}

fn read_hour(date: &str, rest: &str) -> Option<Period> {
    let (hour, offset) = rest.split_at_checked(2)?;
    let (sign, offset) = offset.split_at_checked(1)?;
    let (hours, minutes) = offset.split_at_checked(2)?;
    let size = number(hours, 2)? * 60 + number(minutes, 2)?;
    let west = match sign {
        "-" => size,
        "+" => -size,
        _ => return None,
    };
    let hour = number(hour, 2).filter(|h| *h < 24)?;
    Some(Period::Hour { date: date.parse().ok()?, hour: i8::try_from(hour).ok()?, west })
}

/// Parses exactly `digits` decimal digits.
fn number(text: &str, digits: usize) -> Option<i16> {
    let clean = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if clean { text.parse().ok() } else { None }
}

impl TryFrom<String> for Period {
    type Error = InvalidPeriod;
    fn try_from(text: String) -> Result<Self, InvalidPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(zone: &str, wall: &str) -> [String; 4] {
        let periods = Periods::at(&TimeZone::get(zone).unwrap(), wall.parse().unwrap());
        [Window::Hour, Window::Day, Window::Week, Window::Month].map(|w| periods.of(w).to_string())
    }

    #[test]
    fn windows_turn_in_the_accounts_zone() {
        // zone, instant (UTC), hour, day, week, month
        let table = "
            UTC                 2026-01-06T00:00:00Z  2026-01-06T00+0000 2026-01-06 2026-W02 2026-01
            America/New_York    2026-01-06T04:59:59Z  2026-01-05T23-0500 2026-01-05 2026-W02 2026-01
            America/New_York    2026-01-06T05:00:00Z  2026-01-06T00-0500 2026-01-06 2026-W02 2026-01
            America/Los_Angeles 2026-02-01T07:59:59Z  2026-01-31T23-0800 2026-01-31 2026-W05 2026-01
            America/Los_Angeles 2026-02-01T08:00:00Z  2026-02-01T00-0800 2026-02-01 2026-W05 2026-02
            America/Chicago     2026-01-05T05:59:59Z  2026-01-04T23-0600 2026-01-04 2026-W01 2026-01
            America/Chicago     2026-01-05T06:00:00Z  2026-01-05T00-0600 2026-01-05 2026-W02 2026-01
            UTC                 2027-01-01T12:00:00Z  2027-01-01T12+0000 2027-01-01 2026-W53 2027-01
            America/New_York    2026-03-08T06:59:59Z  2026-03-08T01-0500 2026-03-08 2026-W10 2026-03
            America/New_York    2026-03-08T07:00:00Z  2026-03-08T03-0400 2026-03-08 2026-W10 2026-03
            America/New_York    2026-11-01T05:30:00Z  2026-11-01T01-0400 2026-11-01 2026-W44 2026-11
            America/New_York    2026-11-01T06:30:00Z  2026-11-01T01-0500 2026-11-01 2026-W44 2026-11
            America/Havana      2026-03-08T05:00:00Z  2026-03-08T01-0400 2026-03-08 2026-W10 2026-03
            Australia/Lord_Howe 2026-04-04T15:15:00Z  2026-04-05T01+1030 2026-04-05 2026-W14 2026-04
            Asia/Kolkata        2026-06-30T18:29:59Z  2026-06-30T23+0530 2026-06-30 2026-W27 2026-06
            Asia/Kolkata        2026-06-30T18:30:00Z  2026-07-01T00+0530 2026-07-01 2026-W27 2026-07
        ";
        for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
            let cells: Vec<&str> = row.split_whitespace().collect();
            assert_eq!(periods(cells[0], cells[1]).as_slice(), &cells[2..], "{row}");
        }
    }

    #[test]
    fn the_repeated_hour_is_another_and_later_period() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let hour = |wall: &str| Periods::at(&zone, wall.parse().unwrap()).of(Window::Hour);
        assert!(hour("2026-11-01T05:30:00Z") < hour("2026-11-01T06:30:00Z"));
        assert!(hour("2026-11-01T06:30:00Z") < hour("2026-11-01T07:30:00Z"));
    }

    #[test]
    fn periods_order_by_time_in_every_zone() {
        for zone in ["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]
        {
            let zone = TimeZone::get(zone).unwrap();
            let start = "2011-12-01T00:00:00Z".parse::<Wall>().unwrap();
            let quarter = std::time::Duration::from_secs(900);
            let mut before = Periods::at(&zone, start);
            for step in 1..40_000 {
                let after = Periods::at(&zone, start + quarter * step);
                for window in Window::ALL {
                    assert!(before.of(window) <= after.of(window), "{before:?} {after:?}");
                }
                before = after;
            }
        }
    }

    #[test]
    fn text_round_trips() {
        let zone = TimeZone::get("America/St_Johns").unwrap();
        let periods = Periods::at(&zone, "2026-07-15T12:34:56Z".parse().unwrap());
        for window in Window::ALL {
            let period = periods.of(window);
            assert_eq!(period.window(), window);
            assert_eq!(period.to_string().parse(), Ok(period));
            let json = serde_json::to_string(&period).unwrap();
            assert_eq!(serde_json::from_str::<Period>(&json).unwrap(), period);
        }
        for bad in
            ["", "2026", "2026-13", "2026-W54", "2026-02-30", "2026-01-01T24+0000", "é-0123456"]
        {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }
}
