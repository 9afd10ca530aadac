//! Converts durations to the whole seconds that carriers take.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Returns the duration in whole seconds, rounded up and clamped to the bounds.
pub(crate) fn seconds(duration: Duration, bounds: &RangeInclusive<u64>) -> String {
    let begun = u64::from(duration.subsec_nanos() > 0);
    let whole = duration.as_secs().saturating_add(begun);
    whole.clamp(*bounds.start(), *bounds.end()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_seconds_count_and_bounds_hold() {
        for (millis, expected) in [(0, "5"), (5_000, "5"), (5_001, "6"), (999_999_999, "120")] {
            assert_eq!(seconds(Duration::from_millis(millis), &(5..=120)), expected, "{millis}");
        }
        assert_eq!(seconds(Duration::MAX, &(5..=120)), "120");
    }
}
