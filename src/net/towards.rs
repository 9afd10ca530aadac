//! Our own address as a peer sees it.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::UdpSocket;

/// Returns our own address towards `remote`, by the kernel's routing table; sends nothing. Returns
/// `None` if there is no route: on a host without IPv6, to every IPv6 address.
pub fn towards(remote: SocketAddr) -> Option<IpAddr> {
    let remote = canonical(remote);
    let any = unspecified_like(remote.ip());
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(remote).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Returns an address with an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, as a dual-stack socket
/// reports it) converted to IPv4 (RFC 4291 §2.5.5.2).
pub(in crate::net) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        // The scope of a link-local address stays.
        IpAddr::V6(_) => address,
    }
}

/// Returns the unspecified address of an address's family.
pub(in crate::net) fn unspecified_like(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_addresses_become_ipv4() {
        for (address, expected) in [
            ("[::ffff:192.0.2.1]:5060", "192.0.2.1:5060"),
            ("192.0.2.1:5060", "192.0.2.1:5060"),
            ("[2001:db8::1]:5060", "[2001:db8::1]:5060"),
            ("[::1]:5060", "[::1]:5060"),
        ] {
            assert_eq!(canonical(address.parse().unwrap()), expected.parse().unwrap());
        }
    }

    #[test]
    fn loopback_is_our_address_towards_itself() {
        for address in ["127.0.0.1:9", "[::ffff:127.0.0.1]:9"] {
            let expected = IpAddr::from([127, 0, 0, 1]);
            assert_eq!(towards(address.parse().unwrap()), Some(expected), "{address}");
        }
    }
}
