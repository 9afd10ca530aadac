//! Why a call has no ladder.

use crate::call::Ingress;

/// Why a known call has no ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLadder {
    /// A webhook carrier holds the call.
    #[error("the call came by webhooks: the switch has no SIP messages of it")]
    Webhook,
    /// Its messages are not kept, or not yet.
    #[error(
        "no SIP messages of the call are kept: it began less than 5 seconds ago, or it is older than \
         `ladders` in [retention], or its person was forgotten"
    )]
    NotKept,
}

impl NoLadder {
    /// Returns the reason for a call without parts.
    pub fn of(ingress: &Ingress) -> Self {
        match ingress {
            Ingress::Webhook(_) => NoLadder::Webhook,
            Ingress::Trunk(_) => NoLadder::NotKept,
        }
    }
}
