//! What calls took from caps.

use crate::caps::CapKey;

/// What is used up of one counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapCount {
    /// The counter.
    pub key: CapKey,
    /// The units that calls took from it.
    pub used: u64,
    /// What they spent of it, in micros.
    pub micros: i64,
}
