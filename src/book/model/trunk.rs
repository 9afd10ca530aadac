//! Trunks.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::base::DialingCountry;
use crate::base::SipUri;
use crate::base::SymmetricRtp;
use crate::base::TrunkId;

/// The SIP connection of a carrier: the addresses that may send calls, and those to dial through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trunk {
    /// Slug of the trunk.
    pub id: TrunkId,
    /// Addresses that may send calls; no other trunk has any of them.
    pub accept_from: Vec<IpNet>,
    /// Addresses for calls to phone numbers, in the order in which they are tried; empty for an
    /// inbound trunk.
    pub outbound: Vec<SipUri>,
    /// Sources of RTP that are accepted from the carrier.
    pub symmetric_rtp: SymmetricRtp,
    /// Country of the numbers that the carrier writes without a calling code; `None` for North
    /// America.
    pub country: Option<DialingCountry>,
    /// Name of the recording that the trunk's parties hear on hold, like `<Play>` of a flow; `None`
    /// for a soft tone.
    pub hold_music: Option<String>,
}

impl Trunk {
    /// Returns whether a call from this address belongs to the trunk.
    pub fn accepts(&self, address: IpAddr) -> bool {
        self.accept_from.iter().any(|net| net.contains(&address))
    }
}
