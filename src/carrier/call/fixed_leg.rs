//! The leg to a fixed destination of the flow.

use std::time::Duration;

use crate::sale::AttemptKey;

/// A fixed destination of which the carrier tells by the way.
#[derive(Debug)]
pub(super) struct FixedLeg {
    pub(super) key: AttemptKey,
    /// From its answer to its end.
    pub(super) lasted: Option<Duration>,
}
