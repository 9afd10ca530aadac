//! Networks as people write them.

use std::net::IpAddr;

use ipnet::IpNet;

/// Parses a network, or a single address as a network of one: `192.0.2.10`, `192.0.2.0/24`,
/// `2001:db8::/32`. The error states the expected format.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let shown: String = text.chars().take(80).collect();
    let Ok(net) = text.parse::<IpNet>() else {
        return Err(format!(
            "`{shown}` is not an address or network: write it like 192.0.2.10 or 192.0.2.0/24"
        ));
    };
    if net.trunc() == net {
        return Ok(net);
    }
    let (address, all) = (net.addr(), net.trunc());
    Err(format!("`{shown}` is neither the address `{address}` nor the network `{all}`: choose one"))
}
