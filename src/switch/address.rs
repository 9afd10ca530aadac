//! Converts a contract's destination to an address that can be dialled.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use super::names::Names;
use crate::base::GatewayName;
use crate::base::Phone;
use crate::base::Preference;
use crate::base::Rng;
use crate::base::TrunkId;
use crate::book::Book;
use crate::book::Destination;
use crate::book::GATEWAY_PREFERENCE;
use crate::book::Target;
use crate::call::Candidate;
use crate::call::choose_gateway;
use crate::net;
use crate::net::Located;
use crate::net::Server;
use crate::net::SipHost;
use crate::net::sip::SipLine;
use crate::sip::Sources;
use crate::sip::Transport;
use crate::sip::Uri;

/// Address to which a request is sent, and its Request-URI.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) gateway: GatewayName,
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

/// The gateways of a destination, in the order of the book.
#[derive(Debug, Clone)]
pub(super) struct Gateways {
    entries: Vec<Entry>,
    trunk: Option<TrunkId>,
    from_domain: Option<String>,
}

/// One entry of a trunk's `outbound`, or the address of a destination without a trunk.
#[derive(Debug, Clone)]
struct Entry {
    preference: Preference,
    transport: Transport,
    takes_tcp: bool,
    place: Place,
    target: Uri,
}

/// Where an entry is.
#[derive(Debug, Clone)]
enum Place {
    At(SocketAddr),
    Named(SipHost),
}

/// A server of an entry.
struct Found<'e> {
    entry: &'e Entry,
    port: u16,
    addresses: Vec<IpAddr>,
    /// The addresses of all servers of the entry.
    all: Vec<IpAddr>,
}

/// Returns the gateways of a destination; `None` if its trunk is not in the book.
pub(super) fn of(destination: &Destination, book: &Book) -> Option<Gateways> {
    match &destination.to {
        Target::Sip { uri } => {
            let entries = Vec::from_iter(entry(uri.as_str(), None, GATEWAY_PREFERENCE));
            Some(Gateways { entries, trunk: None, from_domain: None })
        }
        Target::Phone { number, trunk } => {
            let trunk = book.trunk(trunk)?;
            let entries = trunk.outbound.iter().filter_map(|gateway| {
                entry(gateway.uri.as_str(), Some(number), gateway.preference)
            });
            let (entries, from_domain) = (entries.collect(), trunk.from_domain.clone());
            Some(Gateways { entries, trunk: Some(trunk.id.clone()), from_domain })
        }
    }
}

/// Returns the servers of a registrar.
pub(super) fn of_registrar(uri: &str, trunk: &TrunkId) -> Gateways {
    let entries = Vec::from_iter(entry(uri, None, GATEWAY_PREFERENCE));
    Gateways { entries, trunk: Some(trunk.clone()), from_domain: None }
}

/// Returns the hosts of a book that DNS has to locate.
pub(super) fn hosts(book: &Book) -> impl Iterator<Item = SipHost> {
    let gateways = book.trunks.iter().flat_map(|trunk| {
        let gateways = trunk.outbound.iter().map(|gateway| &gateway.uri);
        gateways.chain(&trunk.register)
    });
    let buyers =
        book.contracts.iter().filter_map(|contract| match &contract.destination.as_ref()?.to {
            Target::Sip { uri } => Some(uri),
            Target::Phone { .. } => None,
        });
    gateways.chain(buyers).filter_map(|uri| {
        match entry(uri.as_str(), None, GATEWAY_PREFERENCE)?.place {
            Place::At(_) => None,
            Place::Named(host) => Some(host),
        }
    })
}

/// Returns the entry of a URI. A phone number becomes the user part of the Request-URI, at the
/// gateway's host (RFC 3398 §8.2.1.1).
fn entry(uri: &str, number: Option<&Phone>, preference: Preference) -> Option<Entry> {
    let gateway = Uri::parse(uri).ok()?;
    let port = gateway.port();
    let transport = Transport::of_uri(&gateway)?;
    let takes_tcp = transport == Transport::Udp && gateway.transport().is_none();
    let host = gateway.host()?.to_owned();
    let name = host.trim_matches(['[', ']']);
    let place = match name.parse::<IpAddr>() {
        Ok(ip) => {
            let port = port.unwrap_or(transport.default_port());
            Place::At(SocketAddr::new(ip.to_canonical(), port))
        }
        Err(_) => Place::Named(SipHost { transport, name: name.to_ascii_lowercase(), port }),
    };
    let target = match number {
        None => gateway,
        Some(number) => {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let scheme = if gateway.is_secure() { "sips" } else { "sip" };
            Uri::parse(&format!("{scheme}:{}@{host}{port};user=phone", number.e164())).ok()?
        }
    };
    Some(Entry { preference, transport, takes_tcp, place, target })
}

impl Gateways {
    /// Returns whether the gateway can be chosen at once: DNS has located at least one.
    pub(super) fn are_known(&self, names: &Names) -> bool {
        let is_known = |entry: &Entry| match &entry.place {
            Place::At(_) => true,
            Place::Named(host) => names.known(host).is_some(),
        };
        self.entries.iter().any(is_known)
    }

    /// Returns the gateway to dial through; `None` if all were tried, or none is known.
    pub(super) fn choose(
        &self,
        names: &Names,
        tried: &[GatewayName],
        line: &SipLine,
        rng: &mut Rng,
    ) -> Option<Address> {
        self.choose_of(|host| names.known(host), tried, line, rng)
    }

    /// As [`Gateways::choose`], after the first host that can be located was looked up.
    pub(super) async fn look_up(
        &self,
        names: &Names,
        line: &SipLine,
        rng: &mut Rng,
    ) -> Option<Address> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.preference.priority);
        for entry in entries {
            let Place::Named(wanted) = &entry.place else { continue };
            if let Some(located) = names.look_up(wanted).await {
                let only = |host: &SipHost| (host == wanted).then(|| located.clone());
                return self.choose_of(only, &[], line, rng);
            }
        }
        None
    }

    fn choose_of(
        &self,
        located: impl Fn(&SipHost) -> Option<Arc<Located>>,
        tried: &[GatewayName],
        line: &SipLine,
        rng: &mut Rng,
    ) -> Option<Address> {
        let (mut candidates, mut servers) = (Vec::new(), Vec::new());
        for (place, entry) in self.entries.iter().enumerate() {
            let mut add = |name: &str, port: u16, of_server, addresses, all| {
                let name = GatewayName::new(entry.transport.name(), name, port);
                let of_entry = entry.preference;
                candidates.push(Candidate {
                    name,
                    entry: place,
                    of_entry,
                    of_server,
                    is_down: false,
                });
                servers.push(Found { entry, port, addresses, all });
            };
            match &entry.place {
                Place::At(at) => {
                    let (ip, only) = (at.ip(), GATEWAY_PREFERENCE);
                    add(&ip.to_string(), at.port(), only, vec![ip], vec![ip]);
                }
                Place::Named(host) => {
                    let Some(located) = located(host) else { continue };
                    let all = |server: &Server| server.addresses.clone();
                    let all: Vec<IpAddr> = located.servers.iter().flat_map(all).collect();
                    for Server { name, port, preference, addresses } in &located.servers {
                        add(name, *port, *preference, addresses.clone(), all.clone());
                    }
                }
            }
        }
        let chosen = choose_gateway(&candidates, tried, rng)?;
        let gateway = candidates.swap_remove(chosen).name;
        self.at(gateway, servers.swap_remove(chosen), line)
    }

    /// Returns the first address that can be reached: a host without IPv6 has no route to the
    /// addresses of AAAA records, and a socket of one family cannot send to the other.
    fn at(&self, gateway: GatewayName, found: Found<'_>, line: &SipLine) -> Option<Address> {
        let Entry { transport, takes_tcp, target, .. } = found.entry.clone();
        let usable = |ip: &&IpAddr| {
            let remote = SocketAddr::new(**ip, found.port);
            line.reaches(transport, **ip) && net::towards(remote).is_some()
        };
        let ip = match &found.addresses[..] {
            [only] => only,
            all => all.iter().find(usable).or(all.first())?,
        };
        let remote = SocketAddr::new(*ip, found.port);
        let sources = Sources { trunk: self.trunk.clone(), addresses: found.all };
        let from_domain = self.from_domain.clone();
        Some(Address { gateway, transport, takes_tcp, remote, sources, from_domain, target })
    }
}
