//! Trunks.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::base::TrunkId;

use crate::base::SipUri;

/// A carrier's SIP connection: who may send us calls, and through whom we dial phone numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trunk {
    /// Its slug.
    pub id: TrunkId,
    /// The addresses that may send calls; no other trunk has any of them.
    pub accept_from: Vec<IpNet>,
    /// Where calls to phone numbers go, in the order in which they are tried; empty for a trunk
    /// that only brings calls.
    pub outbound: Vec<SipUri>,
}

impl Trunk {
    /// Whether a call from this address belongs to the trunk.
    pub fn accepts(&self, address: IpAddr) -> bool {
        self.accept_from.iter().any(|net| net.contains(&address))
    }
}
