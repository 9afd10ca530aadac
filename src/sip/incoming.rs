//! A new call, as it came in.

use bytes::Bytes;

use super::Peer;
use super::SessionId;
use super::wire::Message;

/// An INVITE outside a dialog.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The new leg.
    pub session: SessionId,
    /// Who sent it.
    pub peer: Peer,
    /// The INVITE itself.
    pub request: Message,
}

impl Incoming {
    /// The user part of the Request-URI: the number that was dialled; empty when it has none.
    pub fn called(&self) -> &str {
        ""
    }

    /// The caller's number: the user part of P-Asserted-Identity (RFC 3325), else of From. `None`
    /// when it is withheld (RFC 3323) or absent.
    pub fn caller(&self) -> Option<&str> {
        None
    }

    /// The caller's display name in From, when it has one and is not withheld.
    pub fn display(&self) -> Option<&str> {
        None
    }

    /// The SDP offer; `None` when the caller wants ours (RFC 3264 §5).
    pub fn offer(&self) -> Option<Bytes> {
        None
    }

    /// The Call-ID, for logs and records.
    pub fn call_id(&self) -> &str {
        ""
    }
}
