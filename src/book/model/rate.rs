//! How often something may happen.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Largest number of times.
pub const RATE_MAX: u32 = 1_000_000;
/// Lengths of a window.
pub const RATE_WINDOWS: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(86_400);

/// How often something may happen in a window of time. Windows follow one another, from 1970 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How often: 1 to [`RATE_MAX`].
    pub max: u32,
    /// Length of a window: within [`RATE_WINDOWS`].
    pub per: Duration,
}
