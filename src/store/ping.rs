//! Pings of sources.

use std::time::Duration;

use serde::Serialize;

use crate::base::OfferId;
use crate::base::SourceId;
use crate::base::Wall;

/// How long a ping is kept.
pub const PINGS_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Most pings of a list.
pub const PINGS_LISTED_MAX: usize = 200;

/// Which pings are counted. Tests are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PingQuery {
    /// Earliest arrival, inclusive.
    pub since: Wall,
    /// Latest arrival, exclusive.
    pub until: Wall,
    /// The source; all if `None`.
    pub source: Option<SourceId>,
    /// The time: an offer that has ended by now and was not posted to was never used.
    pub now: Wall,
}

/// What became of the pings of a source for an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PingCount {
    /// The source.
    pub source: SourceId,
    /// The offer.
    pub offer: OfferId,
    /// Pings that came in.
    pub pings: u64,
    /// Those that were answered with an offer.
    pub bids: u64,
    /// Those that a lead was posted to.
    pub posted: u64,
    /// Those whose offer ended without a post.
    pub unused: u64,
}
