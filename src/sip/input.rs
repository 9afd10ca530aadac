//! What the agent is given.

use bytes::Bytes;

use super::Command;
use super::ConnectionId;
use super::Peer;
use super::Sender;

/// What happens to the agent.
#[derive(Debug, Clone)]
pub enum Input {
    /// A datagram, or one framed message of a connection.
    Message {
        /// Where it came from.
        peer: Peer,
        /// Whether that address is a trunk's.
        sender: Sender,
        /// The message.
        bytes: Bytes,
    },
    /// An order of a leg's owner.
    Command(Command),
    /// Time has passed; due after [`Agent::deadline`], harmless at any time.
    Tick,
    /// A connection is closed.
    ConnectionLost(ConnectionId),
    /// A message could not be delivered: no connection, or ICMP says so.
    Unreachable {
        /// The peer of the [`Output::Send`] that failed.
        peer: Peer,
    },
}
