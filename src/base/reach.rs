//! Restricts the addresses that a flow or a buyer may name, so that none is in the private network.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Addresses that requests may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only to addresses of the public Internet.
    Public,
    /// All addresses, including the private network: `[outbound] allow_private`.
    Anywhere,
}

impl Reach {
    /// Returns whether an address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        match self {
            Reach::Anywhere => true,
            Reach::Public => is_public(address),
        }
    }
}

/// Returns whether an address is in the public Internet, by the registries of special-purpose
/// addresses (RFC 6890 and those that update it).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [0 | 10 | 127, ..] | [224..=255, ..] => false,
        [100, 64..=127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..] => false,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => false,
        [198, 51, 100, _] | [203, 0, 113, _] => false,
        [_, _, _, _] => true,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // Mapped, translated (NAT64) and 6to4 addresses lead to the IPv4 address inside.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            inner(high, low)
        }
        [0x2002, high, low, ..] => inner(high, low),
        // Of the rest only global unicast is assigned (2000::/3), except for its special blocks.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_network_is_out_of_reach() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.15.0.1", true),
            ("172.31.255.255", false),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("203.0.113.7", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::a00:1", false),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
            ("fc00::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
            ("::127.0.0.1", false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(Reach::Public.allows(address), public, "{address}");
            assert!(Reach::Anywhere.allows(address));
        }
    }
}
