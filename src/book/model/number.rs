//! Tracking numbers.

use crate::base::FlowName;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;

/// A dialled number that names offer, source and flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The number, as dialled.
    pub number: Phone,
    /// What is sold there.
    pub offer: OfferId,
    /// Who advertises it.
    pub source: SourceId,
    /// The flow that its callers hear.
    pub flow: FlowName,
}
