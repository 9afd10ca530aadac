//! Live calls that other nodes keep, and how to hang them up.

use crate::base::CallId;
use crate::base::NodeName;
use crate::call::CallQuery;
use crate::store::AskedHangUp;
use crate::store::CallCursor;
use crate::store::CallPage;
use crate::store::Pending;

/// Live calls that other nodes keep, and how to hang them up. Times are those of the database's clock.
pub trait HangUps: Send + Sync {
    /// Returns matching calls that nodes other than `own` keep, like [`crate::store::Calls::call_list`].
    fn calls_elsewhere(
        &self,
        own: NodeName,
        query: CallQuery,
        cursor: Option<CallCursor>,
        limit: usize,
    ) -> Pending<'_, CallPage>;

    /// Asks the node that keeps a live call, if it is not `own` and lives, to hang it up. Repeating it
    /// changes nothing while the first one waits.
    fn hang_up_ask(&self, call: CallId, own: NodeName) -> Pending<'_, AskedHangUp>;

    /// Returns the calls of a node that others asked it to hang up, oldest request first, and removes
    /// the requests: at most [`crate::store::HANG_UPS_TAKEN_MAX`]. Removes the requests of all nodes
    /// that have waited for [`crate::store::HANG_UP_WAITS`].
    fn hang_ups_take(&self, own: NodeName) -> Pending<'_, Vec<CallId>>;
}
