//! Past calls with decisions, for backtests.

use crate::call::CallRecord;
use crate::sale::DecisionRecord;

use super::CallCursor;

/// A call with all its decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedCall {
    /// Its record.
    pub record: CallRecord,
    /// Its decisions, in the order in which they were made; at least one.
    pub decisions: Vec<DecisionRecord>,
}

/// A page of past calls, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPage {
    /// The calls.
    pub items: Vec<DecidedCall>,
    /// The cursor of the next page; `None` on the last page.
    pub next: Option<CallCursor>,
}
