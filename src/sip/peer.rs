//! Source and destination of messages.

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
    /// Any other address: only responses and requests inside a dialog are processed.
    Stranger,
}
