//! Which webhook carriers may send requests, and how each proves that it sent one.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::carrier::Carrier;
use crate::config;
use crate::switch::Webhooks;

/// Which carriers may speak, and how each proves who it is.
#[derive(Debug)]
pub struct Carriers {
    /// The calls.
    pub webhooks: Arc<Webhooks>,
    /// Our address as carriers reach it, without a slash at its end: what they sign.
    pub public_url: String,
    /// How each proves who it is; one of which nothing is said is refused.
    pub proofs: config::Carriers,
    /// Requests that were refused, by carrier.
    pub forged: [AtomicU64; Carrier::ALL.len()],
}

impl Carriers {
    /// The count of refused requests of a carrier.
    pub fn forged(&self, carrier: Carrier) -> Option<&AtomicU64> {
        let place = Carrier::ALL.iter().position(|one| *one == carrier)?;
        self.forged.get(place)
    }
}
