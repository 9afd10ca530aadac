//! Tracking numbers.

use crate::base::DialingCountry;
use crate::base::FlowName;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;

/// A dialed number with its offer, source and flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Dialed number.
    pub number: Phone,
    /// Offer of the number.
    pub offer: OfferId,
    /// Source that advertises the number.
    pub source: SourceId,
    /// Flow that callers of the number enter.
    pub flow: FlowName,
    /// Country of the callers' numbers that are written without a calling code; `None` for that of
    /// the trunk, or else North America.
    pub country: Option<DialingCountry>,
}
