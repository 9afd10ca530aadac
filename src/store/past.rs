//! Past calls and their decisions, for backtests.

use crate::call::CallRecord;
use crate::sale::DecisionRecord;

use super::CallCursor;

/// A call and all its decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedCall {
    /// Record of the call.
    pub record: CallRecord,
    /// Decisions for the call, in the order in which they were made; at least one.
    pub decisions: Vec<DecisionRecord>,
}

/// A page of past calls, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPage {
    /// Calls of the page.
    pub items: Vec<DecidedCall>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<CallCursor>,
}
