//! Sources.

use crate::base::Money;
use crate::base::SourceId;

/// A publisher or affiliate that originates traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its slug.
    pub id: SourceId,
    /// The payout for each billable call or lead; none if absent.
    pub payout: Option<Money>,
}
