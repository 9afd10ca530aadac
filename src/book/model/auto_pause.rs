//! Contracts that rest when nobody answers.

use std::time::Duration;

/// Most unanswered calls that a rule waits for.
pub const UNANSWERED_MAX: u8 = 100;

/// A contract rests after calls in a row that nobody answered, so that callers do not wait for a
/// phone that is left alone. A call that is answered begins the count anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AutoPause {
    /// How many: 1 to [`UNANSWERED_MAX`].
    pub unanswered: u8,
    /// Within which time: 1 min to 24 h.
    pub window: Duration,
    /// For how long it rests: 1 min to 24 h.
    pub pause: Duration,
}
