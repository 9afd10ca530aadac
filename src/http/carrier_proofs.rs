//! Authentication of webhook carriers.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::carrier::Carrier;
use crate::config;
use crate::switch::Webhooks;

/// Webhook carriers that may send requests, and how each authenticates.
#[derive(Debug)]
pub struct Carriers {
    /// The webhook calls.
    pub webhooks: Arc<Webhooks>,
    /// Our public address as carriers reach it, without a trailing slash. Carriers sign it.
    pub public_url: String,
    /// How each carrier authenticates. Requests of a carrier without an entry are rejected.
    pub proofs: config::Carriers,
    /// Number of rejected requests, by carrier.
    pub forged: [AtomicU64; Carrier::ALL.len()],
}

impl Carriers {
    /// Returns the counter of rejected requests of a carrier.
    pub fn forged(&self, carrier: Carrier) -> Option<&AtomicU64> {
        let place = Carrier::ALL.iter().position(|one| *one == carrier)?;
        self.forged.get(place)
    }
}
