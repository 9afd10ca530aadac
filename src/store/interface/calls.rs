//! Calls, their attempts and decisions: read.

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
use crate::store::PastPage;
use crate::store::Pending;

/// Calls, their attempts and decisions: read.
pub trait Calls: Send + Sync {
    /// At a start, before the first call: every SIP call that `node` left open, oldest first. Calls
    /// at webhook carriers are not among them: the carrier holds them, and any node may go on with
    /// them.
    ///
    /// A database that one switch uses alone answers with every SIP call, whatever node took it,
    /// so that a node under a new name leaves none. From then on it belongs to this switch: to
    /// another one it answers [`crate::store::StoreError::Claimed`].
    fn calls_left_open(&self, node: &NodeName) -> Pending<'_, Vec<LeftOpen>>;

    /// A call that is live; `None` when it is not known or has ended.
    fn call_left_open(&self, id: CallId) -> Pending<'_, Option<LeftOpen>>;

    /// Lists the calls that pass, newest first, from `cursor` on; at most `limit`, and at most
    /// [`crate::store::PAGE_CALLS_MAX`].
    fn call_list(
        &self,
        query: CallQuery,
        cursor: Option<CallCursor>,
        limit: usize,
    ) -> Pending<'_, CallPage>;

    /// Returns ids of calls that begin with a text, newest first; at most `limit`.
    fn call_ids(&self, start: String, limit: usize) -> Pending<'_, Vec<CallId>>;

    /// One call; `None` when it is not known.
    fn call_fetch(&self, id: CallId) -> Pending<'_, Option<CallRecord>>;

    /// When a caller called last, before the call `before`; `None` when never.
    fn call_last_of(&self, caller: Phone, before: CallId) -> Pending<'_, Option<Wall>>;

    /// A call's last decision; `None` when there is none.
    fn decision_fetch(&self, call: CallId) -> Pending<'_, Option<DecisionRecord>>;

    /// Every decision of a call, in the order in which they were made.
    fn decisions_fetch(&self, call: CallId) -> Pending<'_, Vec<DecisionRecord>>;

    /// Ended calls that came at `since` or later and were decided, oldest first, from `cursor` on;
    /// at most `limit`, and at most [`crate::store::PAGE_CALLS_MAX`].
    fn calls_decided_since(
        &self,
        since: Wall,
        cursor: Option<CallCursor>,
        limit: usize,
    ) -> Pending<'_, PastPage>;
}
