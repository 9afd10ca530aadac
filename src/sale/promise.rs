//! What a source was promised for a call before it came.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Money;
use crate::base::PingId;

/// What a source was promised for a call before it came, by the bid that its ping was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The ping.
    pub ping: PingId,
    /// What the source is owed, whatever the buyer owes.
    pub payout: Money,
    /// Connected time of a buyer and the caller from which it is owed, in seconds.
    pub buffer_seconds: u64,
}
