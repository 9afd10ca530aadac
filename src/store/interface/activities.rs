//! The activity log, and requests with idempotency keys.

use crate::base::Wall;
use crate::store::Activity;
use crate::store::ActivityOutcome;
use crate::store::Begun;
use crate::store::KeyedRequest;
use crate::store::Mutation;
use crate::store::Pending;
use crate::store::StoredAnswer;

/// The activity log, and requests with idempotency keys.
///
/// A layer around the HTTP handlers begins a changing request before its handler runs, and finishes
/// it afterwards. The handler passes the [`Mutation`] to the write, which logs the outcome in its
/// own transaction. Every change is therefore in the log even if the program crashes, and a
/// repeated request does not repeat the change. Commands have no such layer: the write adds the
/// whole entry.
pub trait Activities: Send + Sync {
    /// Begins a changing request: adds it to the log without an outcome. Adds nothing if the key
    /// was used before.
    ///
    /// A request begins again if the program ended before it finished, or if it took longer than
    /// [`crate::store::KEY_UNANSWERED_MAX`], unless its effect is in the log.
    fn activity_begin(
        &self,
        mutation: Mutation,
        request: Option<KeyedRequest>,
    ) -> Pending<'_, Begun>;

    /// Finishes a request: logs the outcome, unless the write has already logged success, and
    /// stores the answer for the key. A failed request frees its key, unless the change was made.
    fn activity_finish(
        &self,
        mutation: Mutation,
        outcome: ActivityOutcome,
        answer: Option<StoredAnswer>,
    ) -> Pending<'_, ()>;

    /// Adds a complete entry, for a rejected change or for a change outside the database.
    fn activity_add(&self, mutation: Mutation, outcome: ActivityOutcome) -> Pending<'_, ()>;

    /// Returns entries made at `since` or later (`None`: any time) with numbers below `before`
    /// (`None`: any number), newest first; at most `limit`, and at most
    /// [`crate::store::ACTIVITY_PAGE_MAX`].
    fn activities(
        &self,
        since: Option<Wall>,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<Activity>>;
}
