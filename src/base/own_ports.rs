//! The switch's own media ports, where no far end can be.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use super::scope::is_reachable;

/// Addresses and ports of the switch's own media (`[media] address`, `ports`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPorts {
    /// Addresses of this host; an unspecified one stands for all of loopback.
    addresses: Vec<IpAddr>,
    ports: RangeInclusive<u16>,
}

impl Default for OwnPorts {
    /// Returns no ports.
    fn default() -> Self {
        Self { addresses: Vec::new(), ports: RangeInclusive::new(1, 0) }
    }
}

impl OwnPorts {
    /// Creates the ports of these addresses. An unspecified address stands for all of loopback,
    /// where a wildcard socket receives too.
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>, ports: RangeInclusive<u16>) -> Self {
        let addresses = addresses.into_iter().map(|ip| ip.to_canonical()).collect();
        Self { addresses, ports }
    }

    /// Returns whether a far end whose SIP messages come from `peer` can have its media at this
    /// address: it is [reachable](is_reachable), and neither the port nor the one above it, where
    /// RTCP goes, is the switch's own.
    pub fn admit(&self, media: SocketAddr, peer: IpAddr) -> bool {
        is_reachable(media.ip(), peer) && !self.contain(media)
    }

    fn contain(&self, media: SocketAddr) -> bool {
        let ip = media.ip().to_canonical();
        let rtcp = media.port().checked_add(1);
        let is_port = self.ports.contains(&media.port())
            || rtcp.is_some_and(|port| self.ports.contains(&port));
        is_port
            && self
                .addresses
                .iter()
                .any(|own| *own == ip || own.is_unspecified() && ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_at_our_own_ports_are_not_admitted() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let here = OwnPorts::new([address("192.0.2.1"), address("2001:db8::1")], 20_000..=29_999);
        let any = OwnPorts::new([address("0.0.0.0"), address("192.0.2.1")], 20_000..=29_999);
        // (media address, admitted beside one address of ours, beside a wildcard)
        for (media, expected) in [
            ("192.0.2.1:20000", [false, false]),
            ("192.0.2.1:29999", [false, false]),
            ("[::ffff:192.0.2.1]:20000", [false, false]),
            ("192.0.2.1:30000", [true, true]),
            ("192.0.2.1:19998", [true, true]),
            // Its RTCP would come to us.
            ("192.0.2.1:19999", [false, false]),
            ("192.0.2.2:20000", [true, true]),
            ("[2001:db8::1]:20000", [false, true]),
            ("127.0.0.1:20000", [true, false]),
            ("127.0.0.9:20000", [true, false]),
            ("[::1]:20000", [true, false]),
            ("127.0.0.1:65535", [true, true]),
        ] {
            let media: SocketAddr = media.parse().unwrap();
            let admitted = [&here, &any].map(|own| own.admit(media, address("127.0.0.1")));
            assert_eq!(admitted, expected, "{media}");
            assert!(OwnPorts::default().admit(media, address("127.0.0.1")), "{media}");
        }
    }
}
