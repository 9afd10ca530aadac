//! The leg to a fixed destination of the flow.

use std::time::Duration;

use crate::sale::AttemptKey;

/// A fixed destination whose states the carrier reports during the dial.
#[derive(Debug)]
pub(super) struct FixedLeg {
    pub(super) key: AttemptKey,
    /// From its answer to its end.
    pub(super) lasted: Option<Duration>,
}
