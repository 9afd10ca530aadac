//! Calls that a stopped switch left open.

use crate::base::Wall;
use crate::call::CallRecord;

use super::CallChange;
use super::Fact;
use super::Won;

/// A call that is live in the database, though nobody may hold it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOpen {
    /// Its record.
    pub record: CallRecord,
    /// When it was seen alive last.
    pub seen_at: Wall,
    /// Its sales.
    pub sales: Vec<Won>,
}

impl LeftOpen {
    /// Its end: where it was seen alive last, but not after `at`; billed no further.
    pub fn close(self, at: Wall) -> Fact {
        let Self { mut record, seen_at, sales } = self;
        record.close_after_restart(seen_at.min(at));
        Fact::Ended(Box::new(CallChange::of(record, Vec::new(), sales)))
    }
}
