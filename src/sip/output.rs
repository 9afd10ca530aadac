//! What the agent wants done.

use bytes::Bytes;

use super::Event;
use super::Peer;

/// What the agent wants done.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send one message.
    Send {
        /// Where to.
        peer: Peer,
        /// The message.
        bytes: Bytes,
    },
    /// Tell the session's owner.
    Event(Event),
}
