//! Converts a contract's destination to an address that can be dialled.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use super::Names;
use super::Shared;
use crate::base::GatewayName;
use crate::base::Preference;
use crate::base::Rng;
use crate::base::TrunkId;
use crate::book::Book;
use crate::book::Destination;
use crate::book::GATEWAY_PREFERENCE;
use crate::book::Target;
use crate::book::Trunk;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gateways {
    entries: Vec<Entry>,
    trunk: Option<TrunkId>,
    from_domain: Option<String>,
}

/// One entry of a trunk's `outbound`, or the address of a destination without a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    preference: Preference,
    transport: Transport,
    takes_tcp: bool,
    place: Place,
    target: Uri,
}

/// Where an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    At(SocketAddr),
    Named(SipHost),
}

/// A server of an entry.
struct Found<'e> {
    name: GatewayName,
    /// Place of the entry.
    place: usize,
    entry: &'e Entry,
    port: u16,
    /// Preference among the servers of the entry.
    preference: Preference,
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
            let number = trunk.number_form.write(number, trunk.country);
            let entries = trunk.outbound.iter().filter_map(|gateway| {
                entry(gateway.uri.as_str(), Some(&number), gateway.preference)
            });
            let (entries, from_domain) = (entries.collect(), trunk.from_domain.clone());
            Some(Gateways { entries, trunk: Some(trunk.id.clone()), from_domain })
        }
    }
}

/// Returns the gateways of a trunk, without a number to dial.
pub(super) fn of_trunk(trunk: &Trunk) -> Gateways {
    let entries = trunk.outbound.iter();
    let entries =
        entries.filter_map(|gateway| entry(gateway.uri.as_str(), None, gateway.preference));
    Gateways { entries: entries.collect(), trunk: Some(trunk.id.clone()), from_domain: None }
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
fn entry(uri: &str, number: Option<&str>, preference: Preference) -> Option<Entry> {
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
            // Only a number with its calling code is one by itself (RFC 3261 §19.1.1).
            let marked = if number.starts_with('+') { ";user=phone" } else { "" };
            Uri::parse(&format!("{scheme}:{number}@{host}{port}{marked}")).ok()?
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
        shared: &Shared,
        tried: &[GatewayName],
        rng: &mut Rng,
    ) -> Option<Address> {
        let found = self.found(|host| shared.trunks.names.known(host));
        self.choose_of(found, shared, tried, rng)
    }

    /// As [`Gateways::choose`], after the first host that can be located was looked up.
    pub(super) async fn look_up(&self, shared: &Shared, rng: &mut Rng) -> Option<Address> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.preference.priority);
        for entry in entries {
            let Place::Named(wanted) = &entry.place else { continue };
            if let Some(located) = shared.trunks.names.look_up(wanted).await {
                let only = |host: &SipHost| (host == wanted).then(|| located.clone());
                return self.choose_of(self.found(only), shared, &[], rng);
            }
        }
        None
    }

    /// Returns every gateway whose host is located.
    pub(super) fn all(&self, shared: &Shared) -> Vec<Address> {
        let found = self.found(|host| shared.trunks.names.known(host));
        found.into_iter().filter_map(|found| self.at(found, &shared.line)).collect()
    }

    /// Returns the names of the gateways whose host is located.
    pub(super) fn names(&self, shared: &Shared) -> Vec<GatewayName> {
        let found = self.found(|host| shared.trunks.names.known(host));
        found.into_iter().map(|found| found.name).collect()
    }

    fn found(&self, located: impl Fn(&SipHost) -> Option<Arc<Located>>) -> Vec<Found<'_>> {
        let mut all = Vec::new();
        for (place, entry) in self.entries.iter().enumerate() {
            let name = |host: &str, port| GatewayName::new(entry.transport.name(), host, port);
            match &entry.place {
                Place::At(at) => {
                    let (name, only) = (name(&at.ip().to_string(), at.port()), vec![at.ip()]);
                    let (port, preference) = (at.port(), GATEWAY_PREFERENCE);
                    let addresses = only.clone();
                    all.push(Found { name, place, entry, port, preference, addresses, all: only });
                }
                Place::Named(host) => {
                    let Some(located) = located(host) else { continue };
                    let of_all: Vec<IpAddr> =
                        located.servers.iter().flat_map(|own| own.addresses.clone()).collect();
                    all.extend(located.servers.iter().map(|server| {
                        let Server { name: host, port, preference, addresses } = server.clone();
                        let (name, all) = (name(&host, port), of_all.clone());
                        Found { name, place, entry, port, preference, addresses, all }
                    }));
                }
            }
        }
        all
    }

    fn choose_of(
        &self,
        mut found: Vec<Found<'_>>,
        shared: &Shared,
        tried: &[GatewayName],
        rng: &mut Rng,
    ) -> Option<Address> {
        let now = shared.clock.now().mono;
        let is_down = |name: &GatewayName| {
            self.trunk.as_ref().is_some_and(|trunk| shared.trunks.health.is_down(trunk, name, now))
        };
        let candidate = |found: &Found<'_>| Candidate {
            name: found.name.clone(),
            entry: found.place,
            of_entry: found.entry.preference,
            of_server: found.preference,
            is_down: is_down(&found.name),
        };
        let candidates: Vec<Candidate> = found.iter().map(candidate).collect();
        let chosen = choose_gateway(&candidates, tried, rng)?;
        self.at(found.swap_remove(chosen), &shared.line)
    }

    /// Returns the first address that can be reached: a host without IPv6 has no route to the
    /// addresses of AAAA records, and a socket of one family cannot send to the other.
    fn at(&self, found: Found<'_>, line: &SipLine) -> Option<Address> {
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
        let (from_domain, gateway) = (self.from_domain.clone(), found.name);
        Some(Address { gateway, transport, takes_tcp, remote, sources, from_domain, target })
    }
}
