//! How delays are shown.

use std::time::Duration;

/// Returns the median, the 99th percentile and the longest, in milliseconds.
pub(crate) fn percentiles(delays: &mut [Duration]) -> String {
    delays.sort_unstable();
    let at = |share: usize| {
        let delay = delays.get(delays.len() * share / 100).or(delays.last());
        delay.map_or(f64::NAN, |delay| delay.as_secs_f64() * 1_000.0)
    };
    format!("{:.2} / {:.2} / {:.2}", at(50), at(99), at(100))
}
