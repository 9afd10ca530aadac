//! How pings for calls are answered.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Range of the life of a bid for a call.
pub const BID_LIVES: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3_600);

/// How a source's pings for calls are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPings {
    /// Longest life of a bid: within [`BID_LIVES`].
    pub life: Duration,
    /// Whether a ping without the caller's number gets no bid.
    pub caller_id_required: bool,
}

impl CallPings {
    /// Longest life of a bid for a call.
    pub const LIFE_MAX: Duration = *BID_LIVES.end();
    /// How the pings of a source are answered for which the book says nothing.
    pub const USUAL: CallPings =
        CallPings { life: Duration::from_secs(30), caller_id_required: false };
}
