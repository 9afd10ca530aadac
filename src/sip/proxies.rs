//! Our own proxies in front of the agent: they name where a request came from.

use std::net::IpAddr;
use std::net::SocketAddr;

use bytes::Bytes;
use ipnet::IpNet;

use super::Peer;
use super::Transport;
use super::receive::framing_of;
use super::wire::HeaderName;
use super::wire::Message;

/// Port of a source that a proxy names without one.
const PORT: u16 = Transport::Udp.default_port();

/// Proxies of the operator, and the header in which they name a request's source. The header
/// of anyone else does not count.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    networks: Vec<IpNet>,
    header: Box<str>,
}

/// Where a message came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From its peer, or it is a response, which goes back to who asked.
    Peer,
    /// From this address, to one of the proxies.
    Behind(SocketAddr),
    /// From one of the proxies, which did not name a source, or not exactly one.
    Unnamed,
}

impl Proxies {
    /// Creates a list of proxies that name the source in a header of this name.
    pub fn new(networks: Vec<IpNet>, header: &str) -> Self {
        Self { networks, header: header.into() }
    }

    /// Returns whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Returns the source of a message.
    pub fn source(&self, peer: &Peer, bytes: &Bytes) -> Source {
        if !self.contains(peer.remote.ip()) {
            return Source::Peer;
        }
        let read = Message::parse(bytes.clone(), framing_of(peer.transport)).ok();
        let request = read.or_else(|| Message::salvage(bytes.clone()));
        let Some(request) = request else { return Source::Unnamed };
        if request.status().is_some() {
            return Source::Peer;
        }
        // Of two headers, one is the caller's own.
        let mut named = request.headers(HeaderName::Other(&self.header));
        match (named.next().and_then(address_of), named.next()) {
            (Some(source), None) => Source::Behind(source),
            (Some(_), Some(_)) | (None, _) => Source::Unnamed,
        }
    }
}

/// Reads an address with or without a port: `192.0.2.7`, `192.0.2.7:5080`, `2001:db8::7`,
/// `[2001:db8::7]`, or `[2001:db8::7]:5080`. Returns `None` for anything else, and for an address
/// that no packet comes from.
fn address_of(value: &str) -> Option<SocketAddr> {
    let value = value.trim();
    let bare = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    let ip = bare.parse::<IpAddr>().ok().filter(|ip| bare == value || ip.is_ipv6());
    let source = ip.map(|ip| SocketAddr::new(ip, PORT)).or_else(|| value.parse().ok())?;
    let ip = source.ip().to_canonical();
    let comes = !ip.is_unspecified() && !ip.is_multicast() && source.port() > 0;
    comes.then(|| SocketAddr::new(ip, source.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(from: &str, start: &str, headers: &str) -> Source {
        let networks = ["192.0.2.8/31", "2001:db8::8/128"].map(|net| net.parse().unwrap());
        let proxies = Proxies::new(networks.to_vec(), "X-Source");
        let local = ([192, 0, 2, 1], 5060).into();
        let remote = SocketAddr::new(from.parse().unwrap(), 5060);
        let peer = Peer { transport: Transport::Udp, remote, local, connection: None };
        proxies.source(&peer, &Bytes::from(format!("{start}\r\n{headers}\r\n")))
    }

    #[test]
    fn only_a_proxy_names_the_source_of_a_request() {
        let invite = "INVITE sip:1@h SIP/2.0";
        for from in ["192.0.2.7", "192.0.2.10", "2001:db8::9"] {
            assert_eq!(source(from, invite, "X-Source: 198.51.100.7\r\n"), Source::Peer, "{from}");
        }
        let behind = Source::Behind(([198, 51, 100, 7], 5060).into());
        for from in ["192.0.2.8", "192.0.2.9", "2001:db8::8"] {
            assert_eq!(source(from, invite, "X-Source: 198.51.100.7\r\n"), behind, "{from}");
            assert_eq!(source(from, invite, ""), Source::Unnamed, "{from}");
            assert_eq!(source(from, "SIP/2.0 200 OK", ""), Source::Peer, "{from}");
            assert_eq!(source(from, "no SIP", ""), Source::Unnamed, "{from}");
        }
    }

    #[test]
    fn the_value_is_one_address_with_or_without_a_port() {
        for (value, expected) in [
            ("198.51.100.7", Some("198.51.100.7:5060")),
            ("198.51.100.7:5080", Some("198.51.100.7:5080")),
            ("  198.51.100.7:5080  ", Some("198.51.100.7:5080")),
            ("2001:db8::7", Some("[2001:db8::7]:5060")),
            ("[2001:db8::7]", Some("[2001:db8::7]:5060")),
            ("[2001:db8::7]:5080", Some("[2001:db8::7]:5080")),
            ("::ffff:198.51.100.7", Some("198.51.100.7:5060")),
            ("[198.51.100.7]", None),
            ("198.51.100.7:0", None),
            ("198.51.100.7:65536", None),
            ("198.51.100", None),
            ("0.0.0.0", None),
            ("239.0.0.1", None),
            ("[::]:5060", None),
            ("sip:198.51.100.7", None),
            ("198.51.100.7, 198.51.100.8", None),
            ("carrier.example", None),
            ("", None),
        ] {
            let found =
                source("192.0.2.8", "INVITE sip:1@h SIP/2.0", &format!("X-Source: {value}\r\n"));
            let expected =
                expected.map_or(Source::Unnamed, |at| Source::Behind(at.parse().unwrap()));
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn two_sources_are_none_and_names_have_no_case() {
        let invite = "INVITE sip:1@h SIP/2.0";
        let one = "x-source: 198.51.100.7\r\n";
        let two = format!("{one}X-SOURCE: 198.51.100.8\r\n");
        assert_eq!(source("192.0.2.8", invite, &two), Source::Unnamed);
        let found = source("192.0.2.8", invite, one);
        assert_eq!(found, Source::Behind(([198, 51, 100, 7], 5060).into()));
    }
}
