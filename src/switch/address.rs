//! Converts a contract's destination to an address that can be dialled.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use crate::base::Phone;
use crate::base::TrunkId;
use crate::book::Book;
use crate::book::Destination;
use crate::book::Target;
use crate::net;
use crate::net::sip::SipLine;
use crate::sip::Sources;
use crate::sip::Transport;
use crate::sip::Uri;

/// Longest time to resolve a host name.
const RESOLVE: Duration = Duration::from_secs(3);
/// Most addresses of one host name that are used.
const ADDRESSES_MAX: usize = 32;

/// Address to which a request is sent, and its Request-URI.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) transport: Transport,
    /// Whether it takes TCP beside UDP: its URI names no transport.
    pub(super) takes_tcp: bool,
    pub(super) remote: SocketAddr,
    /// Further addresses from which the far end may send requests.
    pub(super) sources: Sources,
    /// Host in the caller's identities; `None` for our own.
    pub(super) from_domain: Option<String>,
    pub(super) target: Uri,
}

/// An address whose host may be a name that is not resolved yet.
#[derive(Debug, Clone)]
pub(super) struct Unresolved {
    transport: Transport,
    takes_tcp: bool,
    host: String,
    port: u16,
    trunk: Option<TrunkId>,
    from_domain: Option<String>,
    target: Uri,
}

/// Returns the destination's address; `None` if its trunk does not have this way.
pub(super) fn of(destination: &Destination, way: u32, book: &Book) -> Option<Unresolved> {
    match &destination.to {
        Target::Sip { uri } if way == 0 => unresolved(uri.as_str(), None, None),
        Target::Sip { .. } => None,
        Target::Phone { number, trunk } => {
            let ways = &book.trunk(trunk)?.outbound;
            let gateway = ways.get(usize::try_from(way).ok()?)?;
            let from_domain = book.trunk(trunk)?.from_domain.clone();
            let found = unresolved(gateway.as_str(), Some(number), Some(trunk))?;
            Some(Unresolved { from_domain, ..found })
        }
    }
}

/// Returns the address of a registrar.
pub(super) fn of_registrar(uri: &str, trunk: &TrunkId) -> Option<Unresolved> {
    unresolved(uri, None, Some(trunk))
}

/// Returns the address of a URI. A phone number becomes the user part of the Request-URI, at the
/// gateway's host (RFC 3398 §8.2.1.1).
fn unresolved(uri: &str, number: Option<&Phone>, trunk: Option<&TrunkId>) -> Option<Unresolved> {
    let gateway = Uri::parse(uri).ok()?;
    let port = gateway.port();
    let transport = Transport::of_uri(&gateway)?;
    let takes_tcp = transport == Transport::Udp && gateway.transport().is_none();
    let place = gateway.host()?.to_owned();
    let host = place.trim_matches(['[', ']']).to_owned();
    let target = match number {
        None => gateway,
        Some(number) => {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let scheme = if gateway.is_secure() { "sips" } else { "sip" };
            Uri::parse(&format!("{scheme}:{}@{place}{port};user=phone", number.e164())).ok()?
        }
    };
    let (port, trunk) = (port.unwrap_or(transport.default_port()), trunk.cloned());
    Some(Unresolved { transport, takes_tcp, host, port, trunk, from_domain: None, target })
}

impl Unresolved {
    /// Returns the address if the host is an IP address.
    pub(super) fn literal(&self) -> Option<Address> {
        let ip = self.host.parse::<IpAddr>().ok()?.to_canonical();
        Some(self.at(SocketAddr::new(ip, self.port), vec![ip]))
    }

    /// Resolves the host name. Returns the first address that can be reached: a host without IPv6
    /// has no route to the addresses of AAAA records, and a socket of one family cannot send to the
    /// other.
    pub(super) async fn resolve(self, line: &SipLine) -> Option<Address> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port));
        let found = tokio::time::timeout(RESOLVE, found).await.ok()?.ok()?;
        let canonical =
            |found: SocketAddr| SocketAddr::new(found.ip().to_canonical(), found.port());
        let found: Vec<SocketAddr> = found.take(ADDRESSES_MAX).map(canonical).collect();
        let all = found.iter().map(SocketAddr::ip).collect();
        let transport = self.transport;
        let usable = |remote: &&SocketAddr| {
            line.reaches(transport, remote.ip()) && net::towards(**remote).is_some()
        };
        found.iter().find(usable).or(found.first()).map(|remote| self.at(*remote, all))
    }

    fn at(&self, remote: SocketAddr, addresses: Vec<IpAddr>) -> Address {
        let sources = Sources { trunk: self.trunk.clone(), addresses };
        let Self { transport, takes_tcp, from_domain, target, .. } = self.clone();
        Address { transport, takes_tcp, remote, sources, from_domain, target }
    }
}
