//! Automatic pause of contracts that do not answer.

use std::time::Duration;

/// Largest number of unanswered calls in a rule.
pub const UNANSWERED_MAX: u8 = 100;

/// Pauses a contract after consecutive unanswered calls, so that callers do not wait for an
/// unattended phone. An answered call resets the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AutoPause {
    /// Number of unanswered calls: 1 to [`UNANSWERED_MAX`].
    pub unanswered: u8,
    /// Time within which they occur: 1 min to 24 h.
    pub window: Duration,
    /// Length of the pause: 1 min to 24 h.
    pub pause: Duration,
}
