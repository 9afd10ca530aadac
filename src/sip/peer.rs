//! Source and destination of messages.

use std::net::IpAddr;
use std::net::SocketAddr;

use super::wire::Scheme;
use super::wire::Uri;
use crate::base::TrunkId;

/// Transport protocol (RFC 3261 §18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams: transactions retransmit.
    Udp,
    /// A stream: only the 2xx to an INVITE is retransmitted.
    Tcp,
    /// TLS over TCP (RFC 3261 §26.2.1).
    Tls,
}

impl Transport {
    /// Returns whether the transport is reliable (RFC 3261 §17: timers A, E and G do not run).
    pub const fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp | Transport::Tls => true,
        }
    }

    /// Returns the name in a Via header.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }

    /// Returns the port of an address without one (RFC 3261 §19.1.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
        }
    }

    /// Returns the transport of requests to a URI: of `sips:` TLS, else that of its `transport`
    /// parameter, UDP without one; `None` if the agent does not speak it (RFC 3261 §19.1, §26.2.2).
    pub fn of_uri(uri: &Uri) -> Option<Self> {
        let named = uri.transport().unwrap_or("udp");
        let is = |name: &str| named.eq_ignore_ascii_case(name);
        match uri.scheme() {
            // Its `transport` names what TLS runs over.
            Scheme::Sips if uri.transport().is_none() || is("tcp") || is("tls") => Some(Self::Tls),
            Scheme::Sips => None,
            Scheme::Sip | Scheme::Tel | Scheme::Other(_) if is("udp") => Some(Self::Udp),
            Scheme::Sip | Scheme::Tel | Scheme::Other(_) if is("tcp") => Some(Self::Tcp),
            Scheme::Sip | Scheme::Tel | Scheme::Other(_) if is("tls") => Some(Self::Tls),
            Scheme::Sip | Scheme::Tel | Scheme::Other(_) => None,
        }
    }
}

/// Id of one connection, over TCP or TLS; the shell assigns it and never reuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Far end of a message, and the local socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer {
    /// UDP, TCP, or TLS.
    pub transport: Transport,
    /// Remote address: the message's source or destination.
    pub remote: SocketAddr,
    /// Local address that receives or sends it.
    pub local: SocketAddr,
    /// Connection of the message. `None` sends by address: the shell opens a connection if
    /// there is none, and reports [`super::Input::Unreachable`] if it cannot.
    pub connection: Option<ConnectionId>,
}

/// Trust in the source address of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A trunk: its requests may begin calls.
    Trusted(TrunkId),
    /// One of our own proxies, for itself: it did not name the source of the request. It may ask by
    /// OPTIONS whether the agent takes calls.
    Proxy,
    /// Any other address: only responses and requests inside a dialog are processed.
    Stranger,
}

/// Where a request came from, and over which peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// Who sent it here: responses go there.
    pub(super) peer: Peer,
    /// Who sent it first: the peer, or an address behind our proxy.
    pub(super) source: SocketAddr,
}

impl Origin {
    /// Returns the origin of a request without a proxy.
    pub(super) fn direct(peer: Peer) -> Self {
        Self { peer, source: peer.remote }
    }

    /// Returns whether it came from an address, or over the proxy at that address.
    pub(super) fn is_of(&self, address: IpAddr) -> bool {
        self.source.ip() == address || self.peer.remote.ip() == address
    }

    /// Returns whether it came over a connection. That of a proxy carries requests of anybody.
    pub(super) fn is_on(&self, connection: Option<ConnectionId>) -> bool {
        let is_direct = self.source == self.peer.remote;
        is_direct && self.peer.connection.is_some() && self.peer.connection == connection
    }
}
