//! Reads `nameservers` of `[sip]`.

use std::net::IpAddr;
use std::net::SocketAddr;

use crate::base::toml::Report;
use crate::base::toml::Value;

/// Most name servers.
const NAMESERVERS_MAX: usize = 8;
/// Port of a name server without one.
const PORT: u16 = 53;

/// Reads the addresses of name servers, with port 53 where none is given.
pub(super) fn read(list: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<SocketAddr>> {
    let items = list.list_or_one(report)?;
    if items.len() > NAMESERVERS_MAX {
        let message = format!("`nameservers` names at most {NAMESERVERS_MAX} servers");
        report.error(list.at(), message, "remove some");
        return None;
    }
    let address = |text: &str| {
        let ip = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT));
        ip.or_else(|_| text.parse()).map_err(|_| {
            let shown: String = text.chars().take(80).collect();
            format!("`{shown}` is not a name server: write it like 192.0.2.53 or 192.0.2.53:5353")
        })
    };
    let read: Vec<_> = items.iter().map(|item| item.parse_by(address, report)).collect();
    read.into_iter().collect()
}
