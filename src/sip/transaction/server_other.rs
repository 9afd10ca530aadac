//! The non-INVITE server transaction (RFC 3261 §17.2.2). It never sends a provisional response,
//! nor 408 (RFC 4320 §4).

use std::time::Duration;

use bytes::Bytes;

use super::Alarm;
use super::ServerId;
use super::timers::GIVE_UP;
use super::timers::ServerTimer;
use crate::base::Now;
use crate::sip::Peer;
use crate::sip::core::Core;
use crate::sip::wire::Message;

#[derive(Debug)]
enum State {
    /// Waits for the session's response.
    Trying { request: Box<Message> },
    /// Sends the response again for copies of the request.
    Completed { response: Bytes },
}

/// Server transaction of one request other than INVITE and ACK.
#[derive(Debug)]
pub(crate) struct ServerOther {
    /// Destination of its response.
    pub(crate) peer: Peer,
    id: ServerId,
    state: State,
}

impl ServerOther {
    /// Starts the transaction of a new request.
    pub(crate) fn start(id: ServerId, peer: Peer, request: Message) -> Self {
        Self { peer, id, state: State::Trying { request: Box::new(request) } }
    }

    /// Returns the request until it has a response.
    pub(crate) fn pending(&self) -> Option<&Message> {
        match &self.state {
            State::Trying { request } => Some(request),
            State::Completed { .. } => None,
        }
    }

    /// Sends the final response; a second one is dropped.
    pub(crate) fn respond(&mut self, response: Bytes, core: &mut Core, now: Now) {
        if self.pending().is_none() {
            return;
        }
        let wait = if self.peer.transport.is_reliable() { Duration::ZERO } else { GIVE_UP };
        core.timers.set(self.id.timer(ServerTimer::Absorb), now.mono + wait);
        core.send(self.peer, response.clone());
        self.state = State::Completed { response };
    }

    /// Handles a copy of the request: sends the response again.
    pub(crate) fn repeated(&self, core: &mut Core) {
        match &self.state {
            State::Trying { .. } => {}
            State::Completed { response } => core.resend(self.peer, response.clone()),
        }
    }

    /// Handles an expired timer of this transaction.
    pub(crate) fn timer(&mut self, timer: ServerTimer) -> Alarm {
        match (timer, &self.state) {
            (ServerTimer::Absorb, State::Completed { .. }) => Alarm::Done,
            (_, State::Trying { .. } | State::Completed { .. }) => Alarm::Running,
        }
    }
}
