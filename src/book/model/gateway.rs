//! Gateways of trunks.

use crate::base::Preference;
use crate::base::SipUri;

/// Priority and weight of a gateway that names none.
pub const GATEWAY_PREFERENCE: Preference = Preference { priority: 1, weight: 1 };

/// An address to which a trunk's calls go. A host name without a port stands for the servers that
/// DNS names for it (RFC 3263).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// The address.
    pub uri: SipUri,
    /// Its preference among the trunk's gateways.
    pub preference: Preference,
}

impl Gateway {
    /// Returns gateways that are tried one after the other.
    pub fn in_order(uris: Vec<SipUri>) -> Vec<Gateway> {
        let in_order = |(uri, priority)| Gateway {
            uri,
            preference: Preference { priority, ..GATEWAY_PREFERENCE },
        };
        uris.into_iter().zip(GATEWAY_PREFERENCE.priority..).map(in_order).collect()
    }

    /// Returns the addresses of gateways that are tried one after the other; `None` if they are not.
    pub fn uris_in_order(gateways: &[Gateway]) -> Option<Vec<&SipUri>> {
        let is_next = |(gateway, priority): (&Gateway, u16)| {
            gateway.preference == Preference { priority, ..GATEWAY_PREFERENCE }
        };
        let are_in_order = gateways.iter().zip(GATEWAY_PREFERENCE.priority..).all(is_next);
        are_in_order.then(|| gateways.iter().map(|gateway| &gateway.uri).collect())
    }
}
