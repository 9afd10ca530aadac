//! OPTIONS to servers, and their answers.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::awaiting::Awaiting;
use crate::net::sip::SipLine;
use crate::sip::Command;
use crate::sip::Peer;
use crate::sip::ServerPing;
use crate::sip::ServerPingId;
use crate::sip::Uri;

/// Longest wait for an answer; within it, OPTIONS is sent four times over UDP.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The OPTIONS whose answer a task waits for.
#[derive(Debug, Default)]
pub struct ServerPings {
    awaiting: Awaiting<ServerPingId, Option<u16>>,
    next: AtomicU64,
}

impl ServerPings {
    /// Sends OPTIONS to a server. Returns the final status of the answer; `None` without one.
    pub(super) async fn ask(&self, line: &SipLine, peer: Peer, target: Uri) -> Option<u16> {
        let id = ServerPingId(self.next.fetch_add(1, Ordering::Relaxed));
        let command = Command::Ping(Box::new(ServerPing { id, peer, target }));
        let answer = self.awaiting.ask(line, id, command);
        tokio::time::timeout(ANSWER_MAX, answer).await.ok().flatten().flatten()
    }

    /// Passes an answer on to who waits for it.
    pub(super) fn settle(&self, id: ServerPingId, status: Option<u16>) {
        self.awaiting.settle(&id, status);
    }
}
