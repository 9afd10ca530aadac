//! The outputs of the agent.

use bytes::Bytes;

use super::Event;
use super::Peer;
use super::wire::ParseError;

/// An output of the agent.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send one message.
    Send {
        /// Where to.
        peer: Peer,
        /// The message.
        bytes: Bytes,
    },
    /// Report an event to the session's owner.
    Event(Event),
    /// Log a message of a trunk, or a response, that cannot be read as a whole. It was answered, or
    /// taken as far as it can be read.
    NotUnderstood {
        /// Where it came from.
        peer: Peer,
        /// What is wrong with it.
        error: ParseError,
    },
}
