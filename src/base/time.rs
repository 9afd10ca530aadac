//! Time as an argument. `net::clock` is the only reader of a clock.

use std::fmt;
use std::ops::Add;
use std::ops::Sub;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error as _;

/// Monotonic time, for durations: nanoseconds since an origin that only the clock knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mono(u64);

impl Mono {
    /// Creates a time from nanoseconds since the clock's origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the nanoseconds since the clock's origin.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Returns the time since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: Mono) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;
    fn add(self, duration: Duration) -> Mono {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Mono(self.0.saturating_add(nanos))
    }
}

/// Wall-clock time, for records and schedules: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Wall(i64);

impl Wall {
    /// Creates a time from microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Returns the time since `earlier`; zero if `earlier` is later.
    pub fn since(self, earlier: Wall) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Returns the whole minutes since 1970-01-01T00:00:00Z. UTC offsets are whole minutes and
    /// change at whole minutes, so the clocks and periods of every zone stay the same within a
    /// minute. (The last offset with seconds, Liberia's, ended in 1972.)
    pub const fn minute(self) -> i64 {
        self.0.div_euclid(60_000_000)
    }

    /// Returns the latest multiple of `unit` since 1970-01-01T00:00:00Z that is not after `self`.
    pub fn floor(self, unit: Duration) -> Wall {
        let unit = i64::try_from(unit.as_micros()).unwrap_or(i64::MAX).max(1);
        Wall(self.0.saturating_sub(self.0.rem_euclid(unit)))
    }

    /// Converts to a timestamp of the calendar library; clamped to its range (years −9999 to 9999).
    pub fn timestamp(self) -> Timestamp {
        let end = if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::from_microsecond(self.0).unwrap_or(end)
    }
}

impl Add<Duration> for Wall {
    type Output = Wall;
    fn add(self, duration: Duration) -> Wall {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Wall(self.0.saturating_add(micros))
    }
}

impl Sub<Duration> for Wall {
    type Output = Wall;
    fn sub(self, duration: Duration) -> Wall {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Wall(self.0.saturating_sub(micros))
    }
}

/// Formats RFC 3339 in UTC.
impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl fmt::Debug for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Wall {
    type Err = jiff::Error;
    /// Parses RFC 3339.
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<Timestamp>().map(|t| Self(t.as_microsecond()))
    }
}

impl Serialize for Wall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Wall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Both clocks at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// For durations and timers.
    pub mono: Mono,
    /// For dates.
    pub wall: Wall,
}

impl Now {
    /// Returns an instant of simulated time, with the monotonic clock at its origin.
    pub const fn at(wall: Wall) -> Self {
        Self { mono: Mono::from_nanos(0), wall }
    }

    /// Returns both clocks of something that began at `origin`. Its monotonic clock starts there
    /// and runs with the wall clock, so a replay of `wall` gives the same instant.
    pub fn from_origin(origin: Wall, wall: Wall) -> Self {
        Self { mono: Mono::default() + wall.since(origin), wall }
    }

    /// Returns both clocks advanced by `duration`.
    pub fn later(self, duration: Duration) -> Self {
        Self { mono: self.mono + duration, wall: self.wall + duration }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_prints_and_reads_rfc3339() {
        let wall = Wall::from_micros(1_763_632_800_250_000);
        assert_eq!(wall.to_string(), "2025-11-20T10:00:00.25Z");
        assert_eq!(wall.to_string().parse::<Wall>().ok(), Some(wall));
    }

    #[test]
    fn differences_never_go_below_zero() {
        let (dawn, noon) = (Wall::from_micros(7), Wall::from_micros(12));
        assert_eq!(noon.since(dawn), Duration::from_micros(5));
        assert_eq!(dawn.since(noon), Duration::ZERO);
        assert_eq!(noon - Duration::from_micros(5), dawn);
        assert_eq!(Wall::from_micros(i64::MIN) - Duration::MAX, Wall::from_micros(i64::MIN));
        let (early, late) = (Mono::from_nanos(5), Mono::from_nanos(9));
        assert_eq!(late.since(early), Duration::from_nanos(4));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn walls_have_minutes_and_multiples() {
        // Microseconds, the minute, and the latest multiple of 90 s.
        for (micros, minute, floor) in [
            (0, 0, 0),
            (59_999_999, 0, 0),
            (60_000_000, 1, 0),
            (90_000_000, 1, 90_000_000),
            (-1, -1, -90_000_000),
        ] {
            let wall = Wall::from_micros(micros);
            assert_eq!(wall.minute(), minute, "{micros}");
            assert_eq!(wall.floor(Duration::from_secs(90)), Wall::from_micros(floor), "{micros}");
            assert_eq!(wall.floor(Duration::ZERO), wall, "{micros}");
        }
    }

    #[test]
    fn both_clocks_run_from_an_origin() {
        let origin = Wall::from_micros(1_000_000);
        for (wall, nanos) in [(1_000_000, 0), (1_000_007, 7_000), (5, 0)] {
            let now = Now::from_origin(origin, Wall::from_micros(wall));
            assert_eq!((now.wall.micros(), now.mono.nanos()), (wall, nanos));
        }
    }
}
