//! Calls that were decided, for going over them again.

use crate::call::CallRecord;
use crate::sale::DecisionRecord;

use super::CallCursor;

/// A call with every decision made for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedCall {
    /// Its record.
    pub record: CallRecord,
    /// Its decisions, in the order in which they were made; at least one.
    pub decisions: Vec<DecisionRecord>,
}

/// Some of them, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPage {
    /// The calls.
    pub items: Vec<DecidedCall>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<CallCursor>,
}
