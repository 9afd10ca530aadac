//! Removal of a person's data, and of what is older than it is kept.

use crate::base::CallId;
use crate::base::Person;
use crate::base::Wall;
use crate::call::Forgotten;
use crate::caps::MarkKey;
use crate::store::CallCursor;
use crate::store::Kept;
use crate::store::Left;
use crate::store::Mutation;
use crate::store::Pending;
use crate::store::PersonPage;
use crate::store::Start;

/// Removal of a person's data, and of what is older than it is kept.
pub trait Privacy: Send + Sync {
    /// Returns some calls of a person, oldest first: those from the person's number, and those
    /// that have the number or the address as a field or tag.
    fn person_calls(&self, person: Person, cursor: Option<CallCursor>) -> Pending<'_, PersonPage>;

    /// Returns the marks by which the sales of a person's ended calls and leads are remembered.
    fn person_marks(&self, person: Person) -> Pending<'_, Vec<MarkKey>>;

    /// Removes from ended calls of a person everything that may tell of it: caller, fields, tags,
    /// decisions, journals at webhook carriers, recordings (not their files), what events and
    /// reports have of them, references and notes, and the marks of its sales. The calls, their attempts, sales, and postings
    /// stay. Live calls stay as they are.
    fn calls_forget(&self, calls: Vec<CallId>, person: Person) -> Pending<'_, Forgotten>;

    /// Removes some data of a kind from before `before`, oldest first; of calls, if they ended
    /// before that.
    fn old_remove(&self, kind: Kept, start: Start, before: Wall) -> Pending<'_, Left>;

    /// Removes kept answers that name a person, and logs the removal without naming the person.
    fn person_forget(&self, person: Person, by: Mutation) -> Pending<'_, Forgotten>;

    /// Overwrites in the database's files what was removed from it. Returns false if a reader kept
    /// a file from being overwritten for several seconds; it is overwritten later.
    fn removed_overwrite(&self) -> Pending<'_, bool>;
}
