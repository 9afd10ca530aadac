//! Quota: what calls and nodes share: counters, holds and turns.
//!
//! Three traits, each with its conformance suite. [`View`] is at hand at once and hints; [`Holds`]
//! decides who gets the last unit; [`Rotation`] says whose turn it is. The answers of the latter two
//! may come from another machine and are awaited. A reservation touches a contract, its buyer and
//! its offer together, and must see and change all three in one step.

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

/// Where counters, holds and turns are kept.
#[derive(Debug, Clone)]
pub struct Quota {
    /// What this node sees of the counters.
    pub view: Arc<dyn View>,
    /// Reservations.
    pub holds: Arc<dyn Holds>,
    /// Turns, earnings, rests.
    pub rotation: Arc<dyn Rotation>,
}

impl Quota {
    /// Those of an address in the settings.
    pub fn at(url: QuotaUrl) -> Self {
        match url {
            QuotaUrl::Memory => Self::memory(),
        }
    }

    /// Counters in this process, which stand at zero.
    pub fn memory() -> Self {
        let memory = Arc::new(Memory::new());
        Self { view: memory.clone(), holds: memory.clone(), rotation: memory }
    }
}
