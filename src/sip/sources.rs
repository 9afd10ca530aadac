//! Who may send requests within a dialog.

use std::net::IpAddr;

use super::Peer;
use super::Sender;
use crate::base::TrunkId;

/// Where the requests within a dialog may come from, beside its peer and the hosts that the peer
/// names: a cluster of gateways sends from more addresses than one. ACK and BYE are taken from
/// anywhere: whoever has the Call-ID and both tags may end a call, and to lose them costs a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// The trunk that the call came by or goes to.
    pub trunk: Option<TrunkId>,
    /// The addresses of the destination that was dialled.
    pub addresses: Vec<IpAddr>,
}

impl Sources {
    /// Returns the sources of a call that came by a trunk.
    pub(super) fn of_trunk(trunk: TrunkId) -> Sources {
        Sources { trunk: Some(trunk), addresses: Vec::new() }
    }

    /// Returns whether a message comes from one of these.
    pub(super) fn allow(&self, peer: &Peer, sender: &Sender) -> bool {
        let known = match sender {
            Sender::Trusted(trunk) => self.trunk.as_ref() == Some(trunk),
            Sender::Stranger => false,
        };
        known || self.addresses.contains(&peer.remote.ip())
    }
}
