//! Calls that an earlier run of the switch left open.

use crate::base::Wall;
use crate::call::CallRecord;

use super::CallChange;
use super::Fact;
use super::Won;

/// A call that is live in the database, but may have ended in fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOpen {
    /// Record of the call.
    pub record: CallRecord,
    /// Time at which the call was last seen live.
    pub seen_at: Wall,
    /// Sales of the call.
    pub sales: Vec<Won>,
}

impl LeftOpen {
    /// Returns the fact that ends the call at the time it was last seen, but not after `at`.
    pub fn close(self, at: Wall) -> Fact {
        Fact::Ended(Box::new(self.closed(at)))
    }

    /// Returns the fact that presumes that the call ended when it was last seen, but not after `at`.
    pub fn presume(self, at: Wall) -> Fact {
        Fact::Presumed(Box::new(self.closed(at)))
    }

    /// Returns the call, ended when it was last seen, but not after `at`.
    pub(super) fn closed(self, at: Wall) -> CallChange {
        let Self { mut record, seen_at, sales } = self;
        record.close_after_restart(seen_at.min(at));
        CallChange::of(record, Vec::new(), sales)
    }
}
