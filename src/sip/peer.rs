//! Where a message came from and where one goes.

use std::net::SocketAddr;

use crate::base::TrunkId;

/// The transport below SIP (RFC 3261 §18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams: the transactions retransmit.
    Udp,
    /// A stream: nothing is retransmitted below the 2xx to an INVITE.
    Tcp,
}

impl Transport {
    /// Whether the transport delivers or reports (RFC 3261 §17: timers A, E and G do not run).
    pub const fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp => true,
        }
    }

    /// The name in a Via header.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }
}

/// One TCP connection; the shell numbers them and never uses a number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// The far end of a message, and the local socket it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer {
    /// UDP or TCP.
    pub transport: Transport,
    /// The far address: the packet's source, or where to send.
    pub remote: SocketAddr,
    /// Our address that received it, or that sends it.
    pub local: SocketAddr,
    /// The TCP connection it came by or must go by. `None`: by address; the shell opens a
    /// connection when there is none, and reports [`super::Input::Unreachable`] when it cannot.
    pub connection: Option<ConnectionId>,
}

/// Whose address a message came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A trunk's: its requests may begin calls.
    Trusted(TrunkId),
    /// Anybody else: only requests inside a dialog and responses are looked at.
    Stranger,
}
