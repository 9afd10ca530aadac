//! Final responses to requests of the agent.

use super::Peer;
use super::wire::Message;

/// The final response to a request of the agent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reply<'a> {
    /// Where it came from.
    pub(super) peer: Peer,
    /// 200 to 699.
    pub(super) status: u16,
    /// The whole response.
    pub(super) message: &'a Message,
}
