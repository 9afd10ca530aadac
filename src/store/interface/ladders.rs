//! SIP messages of calls.

use crate::base::CallId;
use crate::ladder::LadderPart;
use crate::store::Pending;

/// SIP messages of calls, in parts. [`crate::store::Privacy`] removes them.
pub trait Ladders: Send + Sync {
    /// Adds parts. One of the same call and time as a known one changes nothing; neither does one of a
    /// call whose person was forgotten.
    fn ladder_add(&self, parts: Vec<LadderPart>) -> Pending<'_, ()>;

    /// Returns the parts of a call, oldest first; none if the call is unknown or has none.
    fn ladder_fetch(&self, call: CallId) -> Pending<'_, Vec<LadderPart>>;
}
