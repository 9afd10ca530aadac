//! The leg to a fixed destination of a flow.

use std::time::Duration;

use crate::sale::AttemptKey;

/// A fixed destination about which the carrier sends reports during the dial.
#[derive(Debug)]
pub(super) struct FixedLeg {
    pub(super) key: AttemptKey,
    /// Time from the leg's answer to its end.
    pub(super) lasted: Option<Duration>,
}
