//! Quarter hours, and the spans that reports sum over.
//!
//! The day of every zone begins at a multiple of 15 minutes in UTC, so sums of quarter hours are
//! right for every zone's days and hours. Whole UTC days within a span are read from sums of days.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::base::Wall;
use crate::caps::Period;
use crate::caps::Periods;
use crate::caps::Window;

/// A quarter of an hour.
const QUARTER: Duration = Duration::from_secs(900);
/// Quarter hours of a UTC day.
const A_DAY: i64 = 96;

/// A quarter hour: the number of quarter hours since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(i64);

impl Quarter {
    /// Creates a quarter hour from its number since 1970.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Returns the quarter hour that an instant is in.
    pub fn of(at: Wall) -> Self {
        Self(at.floor(QUARTER).micros() / 900_000_000)
    }

    /// Returns the first quarter hour that does not begin before an instant.
    pub fn from(at: Wall) -> Self {
        let own = Self::of(at);
        if own.start() == at { own } else { Self(own.0 + 1) }
    }

    /// Returns the number of quarter hours since 1970.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Returns its first instant.
    pub const fn start(self) -> Wall {
        Wall::from_micros(self.0.saturating_mul(900_000_000))
    }

    /// Returns the first quarter hour of its UTC day.
    pub const fn day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(A_DAY))
    }

    const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// How fine kept sums are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// By quarter hour.
    Quarter,
    /// By UTC day.
    Day,
}

impl Grain {
    /// Returns the number that stands for the grain in the database. Never changes.
    pub const fn number(self) -> i64 {
        match self {
            Grain::Quarter => 0,
            Grain::Day => 1,
        }
    }
}

/// A span from a quarter hour to another, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first quarter hour.
    pub from: Quarter,
    /// The first quarter hour after it.
    pub until: Quarter,
}

/// A part of a span and the sums that cover it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The sums.
    pub grain: Grain,
    /// The part.
    pub span: Span,
}

impl Span {
    /// Returns the duration.
    pub fn length(self) -> Duration {
        self.until.start().since(self.from.start())
    }

    /// Returns whether an instant is in the span.
    pub fn contains(self, at: Wall) -> bool {
        self.from.start() <= at && at < self.until.start()
    }

    /// Returns the parts to sum: whole UTC days, and the quarter hours before and after them.
    pub fn segments(self) -> impl Iterator<Item = Segment> {
        let Span { from, until } = self;
        let first = if from.day() == from { from } else { Quarter(from.day().0 + A_DAY) };
        let last = until.day();
        let quarters = |from, until| Segment { grain: Grain::Quarter, span: Span { from, until } };
        let parts = if first < last {
            let days = Segment { grain: Grain::Day, span: Span { from: first, until: last } };
            [Some(quarters(from, first)), Some(days), Some(quarters(last, until))]
        } else {
            [Some(quarters(from, until)), None, None]
        };
        parts.into_iter().flatten().filter(|part| part.span.from < part.span.until)
    }
}

/// A unit of time that reports group by, in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A clock hour.
    Hour,
    /// A calendar day.
    Day,
}

impl Unit {
    /// Returns the name in requests, answers, and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Hour => "hour",
            Unit::Day => "day",
        }
    }

    const fn window(self) -> Window {
        match self {
            Unit::Hour => Window::Hour,
            Unit::Day => Window::Day,
        }
    }

    /// Splits a span at the zone's hours or days, oldest first. The first and the last part may be
    /// shorter than the unit.
    pub fn split(self, span: Span, zone: &TimeZone) -> Vec<(Period, Span)> {
        let period = |at: Quarter| Periods::at(zone, at.start()).of(self.window());
        let mut parts: Vec<(Period, Span)> = Vec::new();
        let mut from = span.from;
        while from < span.until {
            let own = period(from);
            let mut until = self.leap(from, zone, span.until);
            while until < span.until && period(until) == own {
                until = until.next();
            }
            parts.push((own, Span { from, until }));
            from = until;
        }
        parts
    }

    /// Returns a quarter hour of the next unit, or one of the same unit close before it.
    fn leap(self, from: Quarter, zone: &TimeZone, last: Quarter) -> Quarter {
        let date = from.start().timestamp().to_zoned(zone.clone()).date();
        let next = match self {
            Unit::Hour => None,
            Unit::Day => date.tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok()),
        };
        let next =
            next.map(|next| Quarter::of(Wall::from_micros(next.timestamp().as_microsecond())));
        next.map_or(from.next(), |next| next.max(from.next())).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> Wall {
        text.parse().unwrap()
    }

    fn span(from: &str, until: &str) -> Span {
        Span { from: Quarter::of(wall(from)), until: Quarter::from(wall(until)) }
    }

    #[test]
    fn a_span_is_widened_to_quarter_hours() {
        let span = span("2026-05-04T10:14:59Z", "2026-05-04T11:00:00.000001Z");
        assert_eq!(span.from.start(), wall("2026-05-04T10:00:00Z"));
        assert_eq!(span.until.start(), wall("2026-05-04T11:15:00Z"));
        assert_eq!(
            Quarter::from(wall("2026-05-04T11:00:00Z")).start(),
            wall("2026-05-04T11:00:00Z")
        );
        assert_eq!(Quarter::of(Wall::from_micros(-1)).start(), Wall::from_micros(-900_000_000));
    }

    #[test]
    fn whole_days_are_summed_as_days_and_every_quarter_once() {
        for (from, until, expected) in [
            ("2026-05-04T00:00:00Z", "2026-05-06T00:00:00Z", "d192"),
            ("2026-05-04T04:00:00Z", "2026-05-05T04:00:00Z", "q96"),
            ("2026-05-04T04:00:00Z", "2026-05-06T04:00:00Z", "q80 d96 q16"),
            ("2026-05-04T23:45:00Z", "2026-05-05T00:00:00Z", "q1"),
            ("2026-05-04T00:00:00Z", "2026-05-04T00:00:00Z", ""),
        ] {
            let span = span(from, until);
            let parts: Vec<Segment> = span.segments().collect();
            let text: Vec<String> = parts
                .iter()
                .map(|part| {
                    let name = if part.grain == Grain::Day { 'd' } else { 'q' };
                    format!("{name}{}", part.span.until.number() - part.span.from.number())
                })
                .collect();
            assert_eq!(text.join(" "), expected, "{from} {until}");
            let mut at = span.from;
            for part in parts {
                assert_eq!(part.span.from, at);
                at = part.span.until;
            }
            assert_eq!(at, span.until);
        }
    }

    #[test]
    fn days_and_hours_are_those_of_the_zone() {
        for (zone, unit, from, until, expected) in [
            // The clocks go back: a day of 25 hours.
            (
                "America/New_York",
                Unit::Day,
                "2026-10-31T12:00:00Z",
                "2026-11-03T00:00:00Z",
                "2026-10-31 64, 2026-11-01 100, 2026-11-02 76",
            ),
            // The clocks go forward: a day of 23 hours.
            (
                "Europe/Berlin",
                Unit::Day,
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
                "2026-03-29 92",
            ),
            (
                "Asia/Kathmandu",
                Unit::Day,
                "2026-05-03T18:15:00Z",
                "2026-05-04T18:30:00Z",
                "2026-05-04 96, 2026-05-05 1",
            ),
            (
                "America/New_York",
                Unit::Hour,
                "2026-11-01T05:15:00Z",
                "2026-11-01T07:00:00Z",
                "2026-11-01T01-0400 3, 2026-11-01T01-0500 4",
            ),
            (
                "Asia/Kolkata",
                Unit::Hour,
                "2026-05-04T00:00:00Z",
                "2026-05-04T01:00:00Z",
                "2026-05-04T05+0530 2, 2026-05-04T06+0530 2",
            ),
        ] {
            let span = span(from, until);
            let parts = unit.split(span, &TimeZone::get(zone).unwrap());
            let text: Vec<String> = parts
                .iter()
                .map(|(period, part)| {
                    format!("{period} {}", part.until.number() - part.from.number())
                })
                .collect();
            assert_eq!(text.join(", "), expected, "{zone} {from}");
        }
    }
}
