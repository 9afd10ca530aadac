//! Queries of calls, attempts and decisions.

use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Phone;
use crate::base::Wall;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::sale::DecisionRecord;
use crate::store::CallCursor;
use crate::store::CallPage;
use crate::store::LeftOpen;
use crate::store::PastCursor;
use crate::store::PastPage;
use crate::store::Pending;
use crate::store::RecordedPage;

/// Queries of calls, attempts and decisions.
pub trait Calls: Send + Sync {
    /// Returns all SIP calls that `node` left open, oldest first. The switch calls this at its
    /// start, before it takes the first call. Calls at webhook carriers are excluded: they stay
    /// live at the carrier, and any node may continue them.
    ///
    /// A single-switch database returns the SIP calls of all nodes, so that renaming a node leaves
    /// no call open. The database then belongs to this switch, and any other gets
    /// [`crate::store::StoreError::Claimed`].
    fn calls_left_open(&self, node: &NodeName) -> Pending<'_, Vec<LeftOpen>>;

    /// Returns a live call; `None` if it is unknown or has ended.
    fn call_left_open(&self, id: CallId) -> Pending<'_, Option<LeftOpen>>;

    /// Returns matching calls, newest first, starting at `cursor`; at most `limit`, and at most
    /// [`crate::store::PAGE_CALLS_MAX`].
    fn call_list(
        &self,
        query: CallQuery,
        cursor: Option<CallCursor>,
        limit: usize,
    ) -> Pending<'_, CallPage>;

    /// Returns the ids of calls that begin with `start`, newest first; at most `limit`.
    fn call_ids(&self, start: String, limit: usize) -> Pending<'_, Vec<CallId>>;

    /// Returns a call; `None` if it is unknown.
    fn call_fetch(&self, id: CallId) -> Pending<'_, Option<CallRecord>>;

    /// Returns the time of the caller's last call before the call `before`; `None` if there is
    /// none.
    fn call_last_of(&self, caller: Phone, before: CallId) -> Pending<'_, Option<Wall>>;

    /// Returns the last decision of a call; `None` if it has none.
    fn decision_fetch(&self, call: CallId) -> Pending<'_, Option<DecisionRecord>>;

    /// Returns all decisions of a call, in the order in which they were made.
    fn decisions_fetch(&self, call: CallId) -> Pending<'_, Vec<DecisionRecord>>;

    /// Returns ended calls and leads with decisions that arrived at `since` or later, oldest first,
    /// starting at `cursor`; at most `limit`, and at most [`crate::store::PAGE_CALLS_MAX`].
    fn decided_since(
        &self,
        since: Wall,
        cursor: Option<PastCursor>,
        limit: usize,
    ) -> Pending<'_, PastPage>;

    /// Returns some calls that ended before `before` and have recordings, from `cursor` on, oldest
    /// first.
    fn recordings_due(&self, before: Wall, cursor: Option<CallCursor>)
    -> Pending<'_, RecordedPage>;

    /// Removes the recordings of calls, and the fields and tags of their records that name one.
    /// Remove the files first: without the rows nobody knows of them.
    fn recordings_remove(&self, calls: Vec<CallId>) -> Pending<'_, ()>;
}
