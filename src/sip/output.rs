//! Outputs of the agent.

use bytes::Bytes;

use super::Event;
use super::Peer;

/// An output of the agent.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send one message.
    Send {
        /// Destination of the message.
        peer: Peer,
        /// The message.
        bytes: Bytes,
    },
    /// Report an event to the session's owner.
    Event(Event),
}
