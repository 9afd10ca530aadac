//! Quarter hours, and the spans that reports sum over.
//!
//! The day of every zone begins at a multiple of 15 minutes in UTC, so sums of quarter hours are
//! right for every zone's days and hours. Whole hours, UTC days and fortnights within a span are read
//! from sums of these, as far as a table has them.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::base::Wall;
use crate::caps::Period;
use crate::caps::Periods;
use crate::caps::Window;

/// A quarter of an hour.
const QUARTER: Duration = Duration::from_secs(900);

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

    /// Returns the first quarter hour of its unit of a grain.
    pub const fn first(self, grain: Grain) -> Self {
        Self(self.0 - self.0.rem_euclid(grain.quarters()))
    }

    /// Returns itself if a unit of a grain begins with it, else the first quarter hour of the next.
    const fn ceiling(self, grain: Grain) -> Self {
        let first = self.first(grain);
        if first.0 == self.0 { first } else { Self(first.0 + grain.quarters()) }
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
    /// By hour.
    Hour,
    /// By UTC day.
    Day,
    /// By 14 UTC days, counted from 1970-01-01: the whole ones of a year and the days around them
    /// are a seventh of its days.
    Fortnight,
}

impl Grain {
    /// Every grain, from the finest.
    pub const ALL: [Grain; 4] = [Grain::Quarter, Grain::Hour, Grain::Day, Grain::Fortnight];

    /// Returns the number of quarter hours of a unit, counted from 1970-01-01T00:00:00Z.
    pub const fn quarters(self) -> i64 {
        match self {
            Grain::Quarter => 1,
            Grain::Hour => 4,
            Grain::Day => 96,
            Grain::Fortnight => 14 * 96,
        }
    }

    /// Returns the number that stands for the grain in the database. Never changes.
    pub const fn number(self) -> i64 {
        match self {
            Grain::Quarter => 0,
            Grain::Day => 1,
            Grain::Fortnight => 2,
            Grain::Hour => 3,
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

    /// Returns the parts to sum, oldest first: whole units of the coarsest of some grains, those of
    /// the finer ones around them. The grains begin with [`Grain::Quarter`], each coarser than the
    /// one before.
    pub fn segments(self, grains: &[Grain]) -> Vec<Segment> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut rest = self;
        for (place, grain) in grains.iter().copied().enumerate() {
            let Span { from, until } = rest;
            let inner = grains
                .get(place + 1)
                .map(|coarser| Span { from: from.ceiling(*coarser), until: until.first(*coarser) });
            let Some(inner) = inner.filter(|inner| inner.from < inner.until) else {
                before.push(Segment { grain, span: rest });
                break;
            };
            before.push(Segment { grain, span: Span { from, until: inner.from } });
            after.push(Segment { grain, span: Span { from: inner.until, until } });
            rest = inner;
        }
        let parts = before.into_iter().chain(after.into_iter().rev());
        parts.filter(|part| part.span.from < part.span.until).collect()
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
            // Fortnights begin on 2026-04-23, 2026-05-07 and 2026-05-21.
            ("2026-04-22T20:00:00Z", "2026-05-08T00:30:00Z", "q16 f1344 d96 q2"),
            ("2026-04-23T00:00:00Z", "2026-05-07T00:00:00Z", "f1344"),
            ("2026-04-24T00:00:00Z", "2026-05-20T00:00:00Z", "d2496"),
            ("2026-04-20T00:00:00Z", "2026-05-10T23:45:00Z", "d288 f1344 d288 q95"),
            ("2026-05-04T04:00:00Z", "2026-05-05T04:00:00Z", "q96"),
            ("2026-05-04T04:00:00Z", "2026-05-06T04:00:00Z", "q80 d96 q16"),
            ("2026-05-04T23:45:00Z", "2026-05-05T00:00:00Z", "q1"),
            ("2026-05-04T00:00:00Z", "2026-05-04T00:00:00Z", ""),
        ] {
            let span = span(from, until);
            let grains = [Grain::Quarter, Grain::Day, Grain::Fortnight];
            assert_eq!(segments(span, &grains), expected, "{from} {until}");
        }
    }

    #[test]
    fn only_the_grains_that_are_kept_are_summed() {
        let kept = [Grain::Quarter, Grain::Day];
        for (grains, from, until, expected) in [
            (&Grain::ALL[..], "2026-05-04T04:00:00Z", "2026-05-05T04:00:00Z", "h96"),
            (&Grain::ALL, "2026-05-04T04:15:00Z", "2026-05-04T06:30:00Z", "q3 h4 q2"),
            (&Grain::ALL, "2026-05-04T18:15:00Z", "2026-05-06T18:15:00Z", "q3 h20 d96 h72 q1"),
            (&Grain::ALL, "2026-04-22T20:00:00Z", "2026-05-08T00:30:00Z", "h16 f1344 d96 q2"),
            (&Grain::ALL, "2026-05-04T04:15:00Z", "2026-05-04T04:45:00Z", "q2"),
            (&kept, "2026-04-22T20:00:00Z", "2026-05-08T00:30:00Z", "q16 d1440 q2"),
            (&kept, "2026-05-04T04:00:00Z", "2026-05-04T09:00:00Z", "q20"),
        ] {
            assert_eq!(segments(span(from, until), grains), expected, "{from} {until}");
        }
    }

    /// Returns the grains and quarter hours of a span's segments, which cover it once.
    fn segments(span: Span, grains: &[Grain]) -> String {
        let parts = span.segments(grains);
        let text: Vec<String> = parts
            .iter()
            .map(|part| {
                let name = match part.grain {
                    Grain::Quarter => 'q',
                    Grain::Hour => 'h',
                    Grain::Day => 'd',
                    Grain::Fortnight => 'f',
                };
                format!("{name}{}", part.span.until.number() - part.span.from.number())
            })
            .collect();
        let mut at = span.from;
        for part in parts {
            assert_eq!(part.span.from, at);
            at = part.span.until;
        }
        assert_eq!(at, span.until);
        text.join(" ")
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
