//! What the routes need.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::Metrics;
use crate::store::Store;

/// Whether the program can take calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It cannot yet, or no longer; the sentence says why.
    Waiting(String),
    /// It can.
    Ready,
}

/// What the routes need of the program. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    pub(super) store: Arc<dyn Store>,
    pub(super) readiness: watch::Receiver<Readiness>,
    pub(super) metrics: Arc<dyn Fn() -> Metrics + Send + Sync>,
}

impl Site {
    /// Of a store, the program's readiness, and a function that takes a snapshot of its figures.
    /// The function is called for every request of `/metrics`; it must not block.
    pub fn new(
        store: Arc<dyn Store>,
        readiness: watch::Receiver<Readiness>,
        metrics: impl Fn() -> Metrics + Send + Sync + 'static,
    ) -> Self {
        Self { store, readiness, metrics: Arc::new(metrics) }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("readiness", &self.readiness).finish_non_exhaustive()
    }
}
