//! An INVITE that the agent rejects itself.

use super::Peer;
use super::wire::Message;
use crate::base::TrunkId;

/// An INVITE outside a dialog that the agent has rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedInvite {
    /// The sender of the INVITE.
    pub peer: Peer,
    /// The sender's trunk; `None` for a stranger.
    pub trunk: Option<TrunkId>,
    /// The final status of the response.
    pub status: u16,
    /// The user part of the Request-URI; empty when it has none.
    pub called: String,
}

impl RefusedInvite {
    pub(super) fn new(peer: Peer, trunk: Option<TrunkId>, status: u16, invite: &Message) -> Self {
        let uri = invite.request_uri().ok();
        let called = uri.and_then(|uri| Some(uri.number()?.into_owned())).unwrap_or_default();
        Self { peer, trunk, status, called }
    }
}
