//! Tracking numbers.

use crate::base::FlowName;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;

/// A dialed number with its offer, source and flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The dialed number.
    pub number: Phone,
    /// The offer.
    pub offer: OfferId,
    /// The source that advertises it.
    pub source: SourceId,
    /// The flow that its callers enter.
    pub flow: FlowName,
}
