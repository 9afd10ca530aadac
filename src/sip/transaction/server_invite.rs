//! The INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §8.5).

use std::time::Duration;

use bytes::Bytes;

use super::Alarm;
use super::Delivery;
use super::ServerId;
use super::timers::GIVE_UP;
use super::timers::ServerTimer;
use super::timers::T1;
use super::timers::T2;
use super::timers::T4;
use super::timers::TRYING_AFTER;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Peer;
use crate::sip::core::Core;
use crate::sip::response::trying;
use crate::sip::wire::Message;

#[derive(Debug)]
enum State {
    /// Waits for the session's final response; `last` is the latest provisional one.
    Proceeding { request: Box<Message>, last: Option<Bytes> },
    /// Answered with 2xx, which the session retransmits; absorbs copies of the INVITE.
    Accepted,
    /// Rejected; waits for the ACK.
    Completed { refusal: Bytes, interval: Duration },
    /// Acknowledged; absorbs copies of the ACK.
    Confirmed,
}

/// Server transaction of one INVITE.
#[derive(Debug)]
pub(crate) struct ServerInvite {
    /// Session that it opened or belongs to.
    pub(crate) session: LegId,
    /// Destination of its responses.
    pub(crate) peer: Peer,
    id: ServerId,
    state: State,
}

impl ServerInvite {
    /// Starts the transaction of a new INVITE. It sends 100 automatically unless the session
    /// responds earlier.
    pub(crate) fn start(
        id: ServerId,
        session: LegId,
        peer: Peer,
        request: Message,
        core: &mut Core,
        now: Now,
    ) -> Self {
        core.timers.set(id.timer(ServerTimer::Trying), now.mono + TRYING_AFTER);
        let state = State::Proceeding { request: Box::new(request), last: None };
        Self { session, peer, id, state }
    }

    /// Returns the INVITE until it has a final response.
    pub(crate) fn pending(&self) -> Option<&Message> {
        match &self.state {
            State::Proceeding { request, .. } => Some(request),
            State::Accepted | State::Completed { .. } | State::Confirmed => None,
        }
    }

    /// Sends a response; does nothing after a final one.
    pub(crate) fn respond(&mut self, status: u16, response: Bytes, core: &mut Core, now: Now) {
        let State::Proceeding { last, .. } = &mut self.state else { return };
        core.timers.stop(self.id.timer(ServerTimer::Trying));
        core.send(self.peer, response.clone());
        match status {
            ..=199 => *last = Some(response),
            200..=299 => {
                core.timers.set(self.id.timer(ServerTimer::Absorb), now.mono + GIVE_UP);
                self.state = State::Accepted;
            }
            300.. => {
                if !self.peer.transport.is_reliable() {
                    core.timers.set(self.id.timer(ServerTimer::Retransmit), now.mono + T1);
                }
                core.timers.set(self.id.timer(ServerTimer::GiveUp), now.mono + GIVE_UP);
                self.state = State::Completed { refusal: response, interval: T1 };
            }
        }
    }

    /// Handles a copy of the INVITE: sends the latest response again.
    pub(crate) fn repeated(&self, core: &mut Core) {
        match &self.state {
            State::Proceeding { last: Some(response), .. }
            | State::Completed { refusal: response, .. } => {
                core.resend(self.peer, response.clone());
            }
            State::Proceeding { last: None, .. } | State::Accepted | State::Confirmed => {}
        }
    }

    /// Handles an ACK with this transaction's branch. Returns [`Delivery::New`] if it acknowledges
    /// a 2xx, which is the session's to handle (some agents reuse the branch).
    pub(crate) fn ack(&mut self, core: &mut Core, now: Now) -> Delivery {
        match self.state {
            State::Accepted => Delivery::New,
            State::Completed { .. } => {
                let wait = if self.peer.transport.is_reliable() { Duration::ZERO } else { T4 };
                core.timers.stop_server(self.id);
                core.timers.set(self.id.timer(ServerTimer::Absorb), now.mono + wait);
                self.state = State::Confirmed;
                Delivery::Retransmission
            }
            State::Proceeding { .. } | State::Confirmed => Delivery::Retransmission,
        }
    }

    /// Handles an expired timer of this transaction.
    pub(crate) fn timer(&mut self, timer: ServerTimer, core: &mut Core, now: Now) -> Alarm {
        match (timer, &mut self.state) {
            (ServerTimer::Trying, State::Proceeding { request, last }) => {
                let trying = trying(request, &self.peer);
                core.send(self.peer, trying.clone());
                *last = Some(trying);
                Alarm::Running
            }
            (ServerTimer::Retransmit, State::Completed { refusal, interval }) => {
                *interval = (*interval * 2).min(T2);
                core.timers.set(self.id.timer(ServerTimer::Retransmit), now.mono + *interval);
                core.resend(self.peer, refusal.clone());
                Alarm::Running
            }
            (ServerTimer::GiveUp, State::Completed { .. }) => Alarm::TimedOut,
            (ServerTimer::Absorb, State::Confirmed) | (ServerTimer::Absorb, State::Accepted) => {
                Alarm::Done
            }
            (_, State::Proceeding { .. } | State::Accepted) => Alarm::Running,
            (_, State::Completed { .. } | State::Confirmed) => Alarm::Running,
        }
    }
}
