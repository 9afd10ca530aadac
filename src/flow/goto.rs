//! Ids of steps, and references to steps.

use std::fmt;
use std::sync::Arc;

/// A step's id, unique in its flow: letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(Arc<str>);

impl StepId {
    pub(crate) fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A resolved reference to a step of the same flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Goto(pub(crate) usize);
