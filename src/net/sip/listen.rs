//! Binds the sockets, so that every error appears before the first call.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::Domain;
use socket2::Socket;
use socket2::Type;
use tokio::net::TcpListener;
use tokio::net::UdpSocket;

use super::unreachable::queue_errors;
use crate::net::towards;
use crate::sip::Transport;

/// Kernel buffer of a UDP socket in bytes: holds bursts of some thousand messages. The kernel may
/// grant less.
const UDP_BUFFER: usize = 4 << 20;
/// Most connections that wait to be accepted.
const BACKLOG: i32 = 1_024;

/// A socket that could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {}:{address}: {source}; is another program using the port?",
    transport.name().to_lowercase())]
pub struct ListenError {
    transport: Transport,
    address: SocketAddr,
    source: io::Error,
}

/// Sockets of an endpoint.
#[derive(Debug, Default)]
pub struct Sockets {
    pub(super) udp: Vec<Udp>,
    pub(super) tcp: Vec<TcpListener>,
    pub(super) tls: Vec<TcpListener>,
}

/// A UDP socket and its address.
#[derive(Debug, Clone)]
pub(super) struct Udp {
    pub(super) socket: Arc<UdpSocket>,
    pub(super) local: SocketAddr,
    families: Families,
}

/// The addresses that a socket can send to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Families {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// Both: an IPv6 wildcard socket, which sees IPv4 peers as mapped addresses.
    Both,
}

impl Families {
    fn include(self, address: IpAddr) -> bool {
        match (self, address) {
            (Families::Both, _) | (Families::V4, IpAddr::V4(_)) => true,
            (Families::V6, IpAddr::V6(_)) => true,
            (Families::V4, IpAddr::V6(_)) | (Families::V6, IpAddr::V4(_)) => false,
        }
    }
}

impl Udp {
    /// Returns a destination as the socket takes it.
    pub(super) fn destination(&self, remote: SocketAddr) -> SocketAddr {
        match (self.local, remote) {
            (SocketAddr::V6(_), SocketAddr::V4(remote)) => {
                SocketAddr::new(remote.ip().to_ipv6_mapped().into(), remote.port())
            }
            (SocketAddr::V4(_) | SocketAddr::V6(_), _) => remote,
        }
    }

    /// Returns our address as a peer sees it: of a wildcard socket, the one that the kernel sends
    /// from.
    pub(super) fn local_towards(&self, remote: SocketAddr) -> SocketAddr {
        let own = self.local;
        let ip = if own.ip().is_unspecified() { towards(remote) } else { Some(own.ip()) };
        SocketAddr::new(ip.unwrap_or(own.ip()), own.port())
    }
}

impl Sockets {
    /// Binds every address, or none. Port 0 binds a free port. An IPv6 wildcard address takes IPv4
    /// too, unless that has a listener of its own.
    pub fn bind(addresses: &[(Transport, SocketAddr)]) -> Result<Self, ListenError> {
        let mut sockets = Self::default();
        for (transport, address) in addresses.iter().copied() {
            let failed = |source| ListenError { transport, address, source };
            let beside = |other: &&(Transport, SocketAddr)| {
                other.0 == transport && other.1.is_ipv4() && other.1.port() == address.port()
            };
            let families = match address.ip() {
                IpAddr::V4(_) => Families::V4,
                IpAddr::V6(ip) if !ip.is_unspecified() => Families::V6,
                IpAddr::V6(_) if address.port() > 0 && addresses.iter().any(|a| beside(&a)) => {
                    Families::V6
                }
                IpAddr::V6(_) => Families::Both,
            };
            match transport {
                Transport::Udp => sockets.udp.push(udp(address, families).map_err(failed)?),
                Transport::Tcp => sockets.tcp.push(tcp(address, families).map_err(failed)?),
                Transport::Tls => sockets.tls.push(tcp(address, families).map_err(failed)?),
            }
        }
        Ok(sockets)
    }

    /// Returns the bound addresses, UDP first.
    pub fn addresses(&self) -> Vec<(Transport, SocketAddr)> {
        let udp = self.udp.iter().map(|udp| (Transport::Udp, udp.local));
        let streams = self.streams();
        let streams = streams.filter_map(|(how, socket)| Some((how, socket.local_addr().ok()?)));
        udp.chain(streams).collect()
    }

    /// Returns the sockets that accept connections, each with its transport.
    pub(super) fn streams(&self) -> impl Iterator<Item = (Transport, &TcpListener)> {
        let tcp = self.tcp.iter().map(|socket| (Transport::Tcp, socket));
        tcp.chain(self.tls.iter().map(|socket| (Transport::Tls, socket)))
    }

    /// Returns the families that UDP requests can be sent to.
    pub(super) fn udp_families(&self) -> Vec<Families> {
        self.udp.iter().map(|udp| udp.families).collect()
    }

    /// Returns the UDP socket to send from: the one of a local address if that can reach the peer,
    /// else a wildcard one, else any that can.
    pub(super) fn udp_to(&self, remote: SocketAddr, local: SocketAddr) -> Option<&Udp> {
        let able = || self.udp.iter().filter(|udp| udp.families.include(remote.ip()));
        let same_port = |udp: &&Udp| udp.local.port() == local.port();
        able()
            .find(|udp| udp.local == local)
            .or_else(|| able().filter(same_port).find(|udp| udp.local.ip().is_unspecified()))
            .or_else(|| able().find(|udp| udp.local.ip().is_unspecified()))
            .or_else(|| able().next())
    }
}

/// Returns whether one of some sockets' families includes an address.
pub(super) fn reaches(families: &[Families], address: IpAddr) -> bool {
    families.iter().any(|families| families.include(address))
}

fn socket(address: SocketAddr, families: Families, kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(families != Families::Both)?;
    }
    Ok(socket)
}

fn udp(address: SocketAddr, families: Families) -> io::Result<Udp> {
    let socket = socket(address, families, Type::DGRAM)?;
    // Without these reports a closed port is noticed when no response comes.
    if let Err(error) = queue_errors(&socket, address) {
        tracing::debug!(%address, %error, "ICMP errors are not reported");
    }
    drop(socket.set_recv_buffer_size(UDP_BUFFER));
    drop(socket.set_send_buffer_size(UDP_BUFFER));
    socket.bind(&address.into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    let local = socket.local_addr()?;
    Ok(Udp { socket: Arc::new(socket), local, families })
}

fn tcp(address: SocketAddr, families: Families) -> io::Result<TcpListener> {
    let socket = socket(address, families, Type::STREAM)?;
    // A restarted switch gets its port back at once, even if old connections linger.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
