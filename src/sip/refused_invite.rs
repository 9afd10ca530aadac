//! An INVITE that the agent rejects itself.

use std::net::SocketAddr;

use super::Sender;
use super::wire::Message;

/// An INVITE outside a dialog that the agent has rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedInvite {
    /// The address of the caller: the peer's, or the one that our proxy names.
    pub source: SocketAddr,
    /// Whose address that is.
    pub sender: Sender,
    /// The final status of the response.
    pub status: u16,
    /// What the caller said it is.
    pub proof: Proof,
    /// The user part of the Request-URI; empty when it has none.
    pub called: String,
}

/// What a caller of an unknown address said it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    None,
    /// It sent credentials that no trunk has.
    WrongCredentials,
}

impl RefusedInvite {
    pub(super) fn new(source: SocketAddr, sender: Sender, status: u16, invite: &Message) -> Self {
        let uri = invite.request_uri().ok();
        let called = uri.and_then(|uri| Some(uri.number()?.into_owned())).unwrap_or_default();
        Self { source, sender, status, proof: Proof::None, called }
    }
}
