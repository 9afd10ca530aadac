//! Sources from which a dialog accepts requests.

use std::net::IpAddr;

use super::Sender;
use crate::base::TrunkId;

/// Sources of a dialog's requests, beside its peer and the hosts in the peer's headers: a cluster
/// of gateways sends from several addresses. ACK and BYE are accepted from any address, because the
/// Call-ID and both tags are enough to end a call, and a lost ACK or BYE would break one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// Trunk of the call.
    pub trunk: Option<TrunkId>,
    /// Addresses of the dialed destination.
    pub addresses: Vec<IpAddr>,
}

impl Sources {
    /// Returns the sources of a call from a trunk.
    pub(super) fn of_trunk(trunk: TrunkId) -> Sources {
        Sources { trunk: Some(trunk), addresses: Vec::new() }
    }

    /// Returns whether a message that came from an address is from one of the sources.
    pub(super) fn allow(&self, address: IpAddr, sender: &Sender) -> bool {
        let known = match sender {
            Sender::Trusted(trunk) => self.trunk.as_ref() == Some(trunk),
            Sender::Proxy | Sender::Stranger => false,
        };
        known || self.addresses.contains(&address)
    }
}
