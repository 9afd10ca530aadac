//! Inputs of the agent.

use std::net::SocketAddr;

use bytes::Bytes;

use super::Command;
use super::ConnectionId;
use super::Peer;
use super::Sender;

/// An input of the agent.
#[derive(Debug, Clone)]
pub enum Input {
    /// A datagram, or one complete message of a connection.
    Message {
        /// Source of the message.
        peer: Peer,
        /// Trunk of the source address, if any.
        sender: Sender,
        /// The message.
        bytes: Bytes,
    },
    /// A request that one of our own proxies sends on.
    Forwarded {
        /// The proxy: responses go to it.
        peer: Peer,
        /// Where the request came from, as the proxy names it: the address that counts wherever
        /// trust or the far end's network is concerned.
        source: SocketAddr,
        /// Trunk of that address, if any.
        sender: Sender,
        /// The request.
        bytes: Bytes,
    },
    /// A command of a leg's owner.
    Command(Command),
    /// Time has passed. Required at [`Agent::deadline`], harmless at any time.
    Tick,
    /// A connection was closed.
    ConnectionLost(ConnectionId),
    /// A message could not be delivered: no connection, or an ICMP error.
    Unreachable {
        /// Peer of the [`Output::Send`] that failed.
        peer: Peer,
    },
}
