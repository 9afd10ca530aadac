//! Removal of a person's data.

use crate::base::CallId;
use crate::base::Person;
use crate::base::Wall;
use crate::call::Forgotten;
use crate::store::CallCursor;
use crate::store::Mutation;
use crate::store::Pending;
use crate::store::PersonPage;

/// Removal of a person's data.
pub trait Privacy: Send + Sync {
    /// Returns some calls of a person, oldest first: those from the person's number, and those
    /// that have the number or the address as a field or tag.
    fn person_calls(&self, person: Person, cursor: Option<CallCursor>) -> Pending<'_, PersonPage>;

    /// Removes from ended calls everything that may tell of the person: caller, fields, tags,
    /// decisions, journals at webhook carriers, and recordings (not their files). The calls, their
    /// attempts, sales, and postings stay. Live calls stay as they are.
    fn calls_forget(&self, calls: Vec<CallId>) -> Pending<'_, Forgotten>;

    /// Removes caller, fields, and tags of some calls that ended before `before`; the calls stay.
    /// Returns where to go on; `None` at the end.
    fn callers_forget(
        &self,
        before: Wall,
        cursor: Option<CallCursor>,
    ) -> Pending<'_, Option<CallCursor>>;

    /// Removes some entries of the activity log from before `before`, oldest first. Returns their
    /// number; 0 when none is left.
    fn activities_remove(&self, before: Wall) -> Pending<'_, usize>;

    /// Removes kept answers that name a person, and logs the removal without naming the person.
    fn person_forget(&self, person: Person, by: Mutation) -> Pending<'_, Forgotten>;

    /// Overwrites in the database's files what was removed from it. Returns false if a reader kept
    /// a file from being overwritten for several seconds; it is overwritten later.
    fn removed_overwrite(&self) -> Pending<'_, bool>;
}
