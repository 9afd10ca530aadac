//! Quota: the counters, holds and turns that calls and nodes share.
//!
//! Three traits, each with its conformance suite. [`View`] answers at once and only hints;
//! [`Holds`] decides which call gets the last unit; [`Rotation`] decides which contract is next.
//! Answers of the latter two may come from another machine and are awaited. A reservation covers a
//! contract, its buyer and its offer, and must read and change all three in one step.

mod answer;
#[cfg(test)]
mod conformance;
mod holds;
mod memory;
mod rotation;
#[cfg(test)]
pub(crate) mod slow;
mod turns;
mod view;

use std::sync::Arc;

use crate::config::QuotaUrl;

pub use answer::QuotaAnswer;
pub use holds::Holds;
pub use memory::Memory;
pub use rotation::Rotation;
pub use view::View;

/// The shared counters, holds and turns.
#[derive(Debug, Clone)]
pub struct Quota {
    /// This node's view of the counters.
    pub view: Arc<dyn View>,
    /// Reservations.
    pub holds: Arc<dyn Holds>,
    /// Turns, earnings and rests.
    pub rotation: Arc<dyn Rotation>,
}

impl Quota {
    /// Creates the quota of an address in the settings.
    pub fn at(url: QuotaUrl) -> Self {
        match url {
            QuotaUrl::Memory => Self::memory(),
        }
    }

    /// Creates counters in this process, at zero.
    pub fn memory() -> Self {
        let memory = Arc::new(Memory::new());
        Self { view: memory.clone(), holds: memory.clone(), rotation: memory }
    }
}
