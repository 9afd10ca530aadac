//! OPTIONS to a server outside a dialog, as its owner orders it.

use super::Peer;
use super::wire::Uri;

/// Id of an OPTIONS, chosen by its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerPingId(pub u64);

/// An OPTIONS to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPing {
    /// Its id.
    pub id: ServerPingId,
    /// Address of the server.
    pub peer: Peer,
    /// Request-URI.
    pub target: Uri,
}
