//! Durations as people write them.

use std::time::Duration;

/// Units and their lengths in milliseconds.
const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Parses a whole number and a unit: `"500ms"`, `"90s"`, `"20m"`, `"12h"`, `"30d"`. A day is 24
/// hours. The error states the expected format.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let refuse = || {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is not a duration: write a whole number and ms, s, m, h or d, like 90s")
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refuse)?;
    let count: Option<u64> = count.parse().ok();
    count.and_then(|n| n.checked_mul(*millis)).map(Duration::from_millis).ok_or_else(refuse)
}

/// Formats a duration for [`parse_duration`], in the largest exact unit; fractions of a millisecond
/// are dropped.
pub fn print_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let exact = UNITS.iter().rev().find(|(_, unit)| millis.is_multiple_of(u128::from(*unit)));
    match exact {
        Some((name, unit)) if millis > 0 => format!("{}{name}", millis / u128::from(*unit)),
        _ => "0s".to_owned(),
    }
}

/// Returns whole milliseconds for records; saturating.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A duration as a JSON number of seconds with at most three decimals, for `#[serde(with)]`.
pub mod seconds {
    use std::time::Duration;

    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;
    use serde::de::Error as _;

    /// Writes the seconds. Dividing whole milliseconds by 1,000 prints at most three decimals.
    pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(duration.as_millis() as f64 / 1_000.0)
    }

    /// Rounds to the nearest millisecond.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(from)?;
        let millis = Duration::try_from_secs_f64(seconds).map_err(D::Error::custom)?;
        let rounded = (millis + Duration::from_micros(500)).as_millis();
        u64::try_from(rounded).map(Duration::from_millis).map_err(D::Error::custom)
    }
}

/// An optional duration as a JSON number of seconds, or null, for `#[serde(with)]`.
pub mod optional_seconds {
    use std::time::Duration;

    use serde::Deserialize;
    use serde::Deserializer;
    use serde::Serialize;
    use serde::Serializer;

    use super::seconds;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Seconds(#[serde(with = "seconds")] Duration);

    /// Writes the seconds, or null.
    pub fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        duration.map(Seconds).serialize(to)
    }

    /// Reads seconds, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Seconds>::deserialize(from)?.map(|Seconds(duration)| duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        for (text, millis, shown) in [
            ("500ms", 500, "500ms"),
            ("90s", 90_000, "90s"),
            ("20m", 1_200_000, "20m"),
            ("120m", 7_200_000, "2h"),
            ("30d", 2_592_000_000, "30d"),
            ("0m", 0, "0s"),
        ] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(duration, Duration::from_millis(millis), "{text}");
            assert_eq!(print_duration(duration), shown);
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "s", "90", "90 s", "1.5s", "-1s", "90S", "9w", "99999999999999999999s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert!(parse_duration("18446744073709551615d").is_err());
    }
}
