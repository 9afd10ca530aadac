//! Quota: the counters, holds and turns that calls and nodes share.
//!
//! Three traits, each with its conformance suite. [`View`] answers at once and only hints;
//! [`Holds`] decides which call gets the last unit; [`Rotation`] decides which contract is next.
//! Answers of the latter two may come from another machine and are awaited. A reservation covers a
//! contract, its buyer and its offer, and must read and change all three in one step.

mod answer;
mod applied;
#[cfg(test)]
mod conformance;
mod holds;
mod memory;
mod redis;
mod rotation;
#[cfg(test)]
pub(crate) mod slow;
mod turns;
mod view;

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Rng;
use crate::config;
use crate::config::QuotaUrl;

pub use answer::QuotaAnswer;
pub use applied::Applied;
pub use applied::Restored;
pub use holds::Holds;
pub use memory::Memory;
pub use redis::Clock;
pub use redis::Place;
pub use redis::Records;
pub use redis::Redis;
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
    /// The server that nodes share; `None` for counters of this process.
    pub shared: Option<Arc<Redis>>,
}

impl Quota {
    /// Creates the quota of the settings, for a node. That at a server is unavailable until
    /// [`Redis::run`] has connected.
    ///
    /// # Errors
    /// TLS cannot be set up, or the authority's certificate not be read; the text says why.
    pub fn of(settings: &config::Quota, node: &str, rng: &mut Rng) -> Result<Self, String> {
        let config::Quota { url, name, account, certificate_authority } = settings;
        match url {
            QuotaUrl::Memory => Ok(Self::memory()),
            QuotaUrl::Redis(url) => {
                let read = |path: &PathBuf| {
                    let read = std::fs::read(path);
                    read.map_err(|error| {
                        format!("certificate_authority: {}: {error}", path.display())
                    })
                };
                let authority = certificate_authority.as_ref().map(read).transpose()?;
                let place = Place { url, account, authority: authority.as_deref(), name, node };
                let redis = Redis::new(&place, Clock::Server, rng.fork());
                Ok(Self::shared(Arc::new(redis.map_err(|error| error.to_string())?)))
            }
        }
    }

    /// Creates counters in this process, at zero.
    pub fn memory() -> Self {
        let memory = Arc::new(Memory::new());
        Self { view: memory.clone(), holds: memory.clone(), rotation: memory, shared: None }
    }

    /// Creates the quota of counters at a server.
    pub fn shared(redis: Arc<Redis>) -> Self {
        let (view, holds, rotation) = (redis.clone(), redis.clone(), redis.clone());
        Self { view, holds, rotation, shared: Some(redis) }
    }

    /// Returns whether counters can be used: always, unless a server has them.
    pub fn is_up(&self) -> bool {
        self.shared.as_ref().is_none_or(|redis| redis.is_up())
    }
}
