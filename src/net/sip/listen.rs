//! Binds the sockets, so that every error appears before the first call.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::Domain;
use socket2::Socket;
use socket2::Type;
use tokio::net::TcpListener;
use tokio::net::UdpSocket;

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
}

/// A UDP socket and its address.
#[derive(Debug, Clone)]
pub(super) struct Udp {
    pub(super) socket: Arc<UdpSocket>,
    pub(super) local: SocketAddr,
}

impl Sockets {
    /// Binds every address, or none. Port 0 binds a free port.
    pub fn bind(addresses: &[(Transport, SocketAddr)]) -> Result<Self, ListenError> {
        let mut sockets = Self::default();
        for (transport, address) in addresses.iter().copied() {
            let failed = |source| ListenError { transport, address, source };
            match transport {
                Transport::Udp => sockets.udp.push(udp(address).map_err(failed)?),
                Transport::Tcp => sockets.tcp.push(tcp(address).map_err(failed)?),
            }
        }
        Ok(sockets)
    }

    /// Returns the bound addresses, UDP first.
    pub fn addresses(&self) -> Vec<(Transport, SocketAddr)> {
        let udp = self.udp.iter().map(|udp| (Transport::Udp, udp.local));
        let tcp = self.tcp.iter().filter_map(|tcp| Some((Transport::Tcp, tcp.local_addr().ok()?)));
        udp.chain(tcp).collect()
    }
}

fn udp(address: SocketAddr) -> io::Result<Udp> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    socket.set_nonblocking(true)?;
    drop(socket.set_recv_buffer_size(UDP_BUFFER));
    drop(socket.set_send_buffer_size(UDP_BUFFER));
    socket.bind(&address.into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    let local = socket.local_addr()?;
    Ok(Udp { socket: Arc::new(socket), local })
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    // A restarted switch gets its port back at once, even if old connections linger.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
