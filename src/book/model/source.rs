//! Sources.

use crate::base::Money;
use crate::base::SourceId;

/// A publisher or affiliate that originates traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Slug of the source.
    pub id: SourceId,
    /// Payout for each billable call or lead; none if absent.
    pub payout: Option<Money>,
}
