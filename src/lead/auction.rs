//! Where the auction of a lead stands.

use crate::base::Mono;

/// Where the auction of a lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Auction {
    /// None goes on.
    Idle,
    /// Bids are awaited until this time.
    Open(Mono),
    /// The window has closed; the decision follows.
    Closed,
}
