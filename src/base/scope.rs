//! How far an IP address reaches.

use std::net::IpAddr;

/// Scope of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// One host on a network.
    Host,
    /// This host.
    Loopback,
    /// A host on the same link (RFC 3927, RFC 4291 §2.5.6).
    Link,
    /// No single host: unspecified, "this network" (RFC 1122 §3.2.1.3), multicast, broadcast.
    Many,
}

impl Scope {
    fn of(ip: IpAddr) -> Scope {
        let ip = ip.to_canonical();
        let (is_link, is_many) = match ip {
            IpAddr::V4(ip) => {
                (ip.is_link_local(), ip.is_broadcast() || matches!(ip.octets(), [0, ..]))
            }
            IpAddr::V6(ip) => (ip.is_unicast_link_local(), ip.is_unspecified()),
        };
        if ip.is_multicast() || is_many {
            Scope::Many
        } else if ip.is_loopback() {
            Scope::Loopback
        } else if is_link {
            Scope::Link
        } else {
            Scope::Host
        }
    }
}

/// Returns whether a far end whose messages come from `seen` can be reached at the address that it
/// names: one host's, and loopback or link-local only if `seen` is so too. Any other would make the
/// switch send to itself or to a whole network.
pub fn is_reachable(named: IpAddr, seen: IpAddr) -> bool {
    match Scope::of(named) {
        Scope::Host => true,
        Scope::Many => false,
        near @ (Scope::Loopback | Scope::Link) => near == Scope::of(seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_reachable_if_the_far_end_can_have_it() {
        let (far, here, link) = ("192.0.2.9", "127.0.0.1", "169.254.7.7");
        // (named, reachable from a far host, from this host, from the link)
        for (named, expected) in [
            ("198.51.100.1", [true, true, true]),
            ("10.0.0.5", [true, true, true]),
            ("2001:db8::1", [true, true, true]),
            ("::ffff:192.0.2.1", [true, true, true]),
            ("127.0.0.1", [false, true, false]),
            ("127.255.255.255", [false, true, false]),
            ("::1", [false, true, false]),
            ("::ffff:127.0.0.1", [false, true, false]),
            ("169.254.169.254", [false, false, true]),
            ("fe80::1", [false, false, true]),
            ("0.0.0.0", [false, false, false]),
            ("0.1.2.3", [false, false, false]),
            ("::", [false, false, false]),
            ("224.0.0.1", [false, false, false]),
            ("239.255.255.255", [false, false, false]),
            ("ff02::1", [false, false, false]),
            ("ff0e::1", [false, false, false]),
            ("255.255.255.255", [false, false, false]),
            ("::ffff:255.255.255.255", [false, false, false]),
        ] {
            let reached =
                [far, here, link].map(|s| is_reachable(named.parse().unwrap(), s.parse().unwrap()));
            assert_eq!(reached, expected, "{named}");
        }
    }
}
