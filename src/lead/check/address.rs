//! The address of the Internet that a lead came from, as its source says.

use std::net::IpAddr;
use std::net::Ipv6Addr;

use crate::book::FormField;
use crate::book::FormKind;

use super::is_called;

/// Usual names, where the offer has none.
const NAMES: &[&str] = &["ip", "ip_address", "ipaddress", "user_ip", "userip", "client_ip"];
/// Part of an IPv6 address that belongs to one customer: /64.
const CUSTOMER: u128 = !0 << 64;

/// Returns the address of the person who filled in the form, by the offer's first field of the type
/// `ip` that the lead has, else under a usual name; `None` without a valid one. Of IPv6, the network:
/// one customer has many addresses.
pub fn address(offer: &[FormField], given: &[(String, String)]) -> Option<IpAddr> {
    let own = offer.iter().filter(|field| field.kind == FormKind::Ip);
    let declared = own.flat_map(|field| given.iter().filter(|(name, _)| is_called(field, name)));
    let usual =
        given.iter().filter(|(name, _)| NAMES.iter().any(|usual| usual.eq_ignore_ascii_case(name)));
    declared.chain(usual).find_map(|(_, value)| value.trim().parse().ok()).map(customer)
}

/// Returns the address under which a customer is counted: of IPv6, the network.
pub fn customer(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(inner) => IpAddr::V4(inner),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & CUSTOMER)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_that_of_the_person() {
        let field = FormField {
            name: "from".parse().unwrap(),
            also: vec!["remote".to_owned()],
            kind: FormKind::Ip,
            required: false,
        };
        let offer = [field];
        for (given, expected) in [
            (&[("remote", "198.51.100.7"), ("ip", "192.0.2.1")][..], Some("198.51.100.7")),
            (&[("userIp", " 192.0.2.1 ")], Some("192.0.2.1")),
            (&[("from", "nowhere"), ("ip", "192.0.2.1")], Some("192.0.2.1")),
            (&[("ip", "2001:db8:1:2:3:4:5:6")], Some("2001:db8:1:2::")),
            (&[("ip", "::ffff:192.0.2.1")], Some("192.0.2.1")),
            (&[("zip", "90210")], None),
        ] {
            let given: Vec<(String, String)> =
                given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
            assert_eq!(address(&offer, &given), expected, "{given:?}");
        }
    }
}
