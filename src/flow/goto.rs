//! Steps' ids, and ways to steps.

use std::fmt;
use std::sync::Arc;

/// A step's id, unique in its flow; made of letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(Arc<str>);

impl StepId {
    pub(crate) fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A way to a step of the same flow; the reader has resolved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Goto(pub(crate) usize);
