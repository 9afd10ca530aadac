//! Usage of caps.

use crate::caps::CapKey;

/// The usage of one counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapCount {
    /// The counter.
    pub key: CapKey,
    /// Units used.
    pub used: u64,
    /// Money spent, in micros.
    pub micros: i64,
}
