//! Hang-ups of calls that other nodes keep.

use std::time::Duration;

use crate::base::NodeName;

/// Most hang-ups that a node takes at once; the others come at the next time.
pub const HANG_UPS_TAKEN_MAX: usize = 100;
/// How long a hang-up waits for the node that keeps the call. It is dropped then: who asked for it
/// has found the call live in the meantime.
pub const HANG_UP_WAITS: Duration = Duration::from_secs(60);

/// What became of a request to another node to hang up a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedHangUp {
    /// The node that keeps the call is told.
    Asked,
    /// The node that keeps the call gives no sign of life.
    Gone(NodeName),
    /// No other node keeps the call, or it is not live.
    NotKept,
}
