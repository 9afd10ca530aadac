//! The activity log, and requests that may be sent again.

use crate::base::Wall;
use crate::store::Activity;
use crate::store::ActivityOutcome;
use crate::store::Begun;
use crate::store::KeyedRequest;
use crate::store::Mutation;
use crate::store::Pending;
use crate::store::StoredAnswer;

/// The activity log, and requests that may be sent again.
///
/// A request that changes something is begun before its handler runs and finished after it, both
/// by the layer around the handler. In between the handler gives the [`Mutation`] to the write,
/// which notes the outcome in its own transaction: whatever happens to the program, what was
/// changed is in the log, and a repeated request does not change it again. A command has no layer:
/// its mutation is not begun, and the write adds the whole entry.
pub trait Activities: Send + Sync {
    /// Begins a request that changes something: adds it to the log, without an outcome. One with
    /// a key that was begun before is not begun again, and adds nothing.
    ///
    /// A key whose request was cut off, by the end of the program or for longer than
    /// [`crate::store::KEY_UNANSWERED_MAX`], begins anew, unless its effect is in the log.
    fn activity_begin(
        &self,
        mutation: Mutation,
        request: Option<KeyedRequest>,
    ) -> Pending<'_, Begun>;

    /// Finishes a request that was begun: notes the outcome, unless a write has noted that the
    /// change was made, and keeps the answer for its key. A request that failed gives its key
    /// free, unless its change was made.
    fn activity_finish(
        &self,
        mutation: Mutation,
        outcome: ActivityOutcome,
        answer: Option<StoredAnswer>,
    ) -> Pending<'_, ()>;

    /// Adds a whole entry: of a change that was refused, or is not in the database.
    fn activity_add(&self, mutation: Mutation, outcome: ActivityOutcome) -> Pending<'_, ()>;

    /// Entries since `since`, or all, before the one numbered `before`, newest first; at most
    /// `limit`, and at most [`crate::store::ACTIVITY_PAGE_MAX`].
    fn activities(
        &self,
        since: Option<Wall>,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<Activity>>;
}
