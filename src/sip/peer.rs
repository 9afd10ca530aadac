//! Source and destination of messages.

use std::net::IpAddr;
use std::net::SocketAddr;

use crate::base::TrunkId;

/// Transport protocol (RFC 3261 §18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams: transactions retransmit.
    Udp,
    /// A stream: only the 2xx to an INVITE is retransmitted.
    Tcp,
}

impl Transport {
    /// Returns whether the transport is reliable (RFC 3261 §17: timers A, E and G do not run).
    pub const fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp => true,
        }
    }

    /// Returns the name in a Via header.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }
}

/// Id of one TCP connection; the shell assigns it and never reuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// Far end of a message, and the local socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer {
    /// UDP or TCP.
    pub transport: Transport,
    /// Remote address: the message's source or destination.
    pub remote: SocketAddr,
    /// Local address that receives or sends it.
    pub local: SocketAddr,
    /// TCP connection of the message. `None` sends by address: the shell opens a connection if
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
