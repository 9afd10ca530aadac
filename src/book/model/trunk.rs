//! Trunks.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::tz::TimeZone;

use crate::base::DialPrefix;
use crate::base::DialingCountry;
use crate::base::Money;
use crate::base::SipUri;
use crate::base::SymmetricRtp;
use crate::base::TrunkId;

use super::DayLimits;
use super::TrunkPrefix;

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
    /// Prefixes of emergency, premium-rate, shared-cost, and satellite numbers that may be dialed
    /// through the trunk all the same.
    pub allow_prefixes: Vec<DialPrefix>,
    /// Zone of the day of the limits.
    pub timezone: TimeZone,
    /// Cost of a connected minute; `None` if it is not known.
    pub rate: Option<Money>,
    /// Limits on all calls that are dialed through the trunk together.
    pub day: DayLimits,
    /// Rates and limits of prefixes.
    pub prefixes: Vec<TrunkPrefix>,
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
