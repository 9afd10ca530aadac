//! Purposes of requests.

use crate::base::LegId;

/// Purpose of an outgoing request other than INVITE: what its final response is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// BYE: the session ends with the response.
    HangUp(LegId),
    /// OPTIONS in a dialog: whether the far end is still there.
    Probe(LegId),
    /// Nothing waits for the response: CANCEL, and the BYE of a fork or of a session that has
    /// ended.
    Unawaited,
}
