//! Outputs of the agent.

use bytes::Bytes;

use super::Event;
use super::Peer;
use super::RefusedInvite;
use super::RegistrationId;
use super::RegistrationOutcome;
use super::ServerPingId;
use super::wire::ParseError;

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
    /// Close the connection to a peer: a request went unanswered, so it may be dead.
    Close {
        /// The peer of the request.
        peer: Peer,
    },
    /// Report to its owner what became of a REGISTER.
    Registered {
        /// The registration.
        id: RegistrationId,
        /// Its state.
        outcome: RegistrationOutcome,
    },
    /// Report to its owner what answered an OPTIONS to a server.
    Pinged {
        /// Id of the OPTIONS.
        id: ServerPingId,
        /// Final status; `None` without a response.
        status: Option<u16>,
    },
    /// Report an event to the session's owner.
    Event(Event),
    /// Report an INVITE that the agent has rejected itself: no session began.
    Refused(Box<RefusedInvite>),
    /// Log a malformed request of a trunk, which was rejected, or a malformed response, of which the
    /// readable part was used.
    NotUnderstood {
        /// Sender of the message.
        peer: Peer,
        /// First fault of the message.
        error: ParseError,
    },
}
