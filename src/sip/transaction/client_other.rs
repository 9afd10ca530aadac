//! The non-INVITE client transaction (RFC 3261 §17.1.2).

use std::time::Duration;

use bytes::Bytes;

use super::Alarm;
use super::ClientId;
use super::Delivery;
use super::Purpose;
use super::timers::ClientTimer;
use super::timers::GIVE_UP;
use super::timers::T1;
use super::timers::T2;
use super::timers::T4;
use crate::base::Now;
use crate::sip::Peer;
use crate::sip::core::Core;

#[derive(Debug)]
enum State {
    /// Sent; waits for any response.
    Trying { interval: Duration },
    /// Waits for a final response.
    Proceeding,
    /// Absorbs copies of the final response.
    Completed,
}

/// Client transaction of one request other than INVITE.
#[derive(Debug)]
pub(crate) struct ClientOther {
    /// What its final response is for; a session may have ended.
    purpose: Purpose,
    /// Destination of the request.
    pub(crate) peer: Peer,
    request: Bytes,
    id: ClientId,
    state: State,
}

impl ClientOther {
    /// Sends the request.
    pub(crate) fn start(
        id: ClientId,
        purpose: Purpose,
        peer: Peer,
        request: Bytes,
        core: &mut Core,
        now: Now,
    ) -> Self {
        if !peer.transport.is_reliable() {
            core.timers.set(id.timer(ClientTimer::Retransmit), now.mono + T1);
        }
        core.timers.set(id.timer(ClientTimer::GiveUp), now.mono + GIVE_UP);
        core.send(peer, request.clone());
        Self { purpose, peer, request, id, state: State::Trying { interval: T1 } }
    }

    /// Handles a response.
    pub(crate) fn response(&mut self, status: u16, core: &mut Core, now: Now) -> Delivery {
        match (&self.state, status) {
            (State::Trying { .. } | State::Proceeding, 100..=199) => {
                self.state = State::Proceeding;
                Delivery::New
            }
            (State::Trying { .. } | State::Proceeding, _) => {
                let wait = if self.peer.transport.is_reliable() { Duration::ZERO } else { T4 };
                core.timers.stop_client(self.id);
                core.timers.set(self.id.timer(ClientTimer::Absorb), now.mono + wait);
                self.state = State::Completed;
                Delivery::New
            }
            (State::Completed, _) => Delivery::Retransmission,
        }
    }

    /// Takes out what its final response is for.
    pub(crate) fn take_purpose(&mut self) -> Purpose {
        std::mem::replace(&mut self.purpose, Purpose::Unawaited)
    }

    /// Returns whether there was no final response.
    pub(crate) fn is_pending(&self) -> bool {
        !matches!(self.state, State::Completed)
    }

    /// Handles an expired timer of this transaction.
    pub(crate) fn timer(&mut self, timer: ClientTimer, core: &mut Core, now: Now) -> Alarm {
        match (timer, &mut self.state) {
            (ClientTimer::Retransmit, State::Trying { interval }) => {
                *interval = (*interval * 2).min(T2);
                let next = now.mono + *interval;
                self.again(next, core)
            }
            (ClientTimer::Retransmit, State::Proceeding) => self.again(now.mono + T2, core),
            (ClientTimer::GiveUp, State::Trying { .. } | State::Proceeding) => Alarm::TimedOut,
            (ClientTimer::Absorb, State::Completed) => Alarm::Done,
            (_, State::Trying { .. } | State::Proceeding | State::Completed) => Alarm::Running,
        }
    }

    fn again(&self, next: crate::base::Mono, core: &mut Core) -> Alarm {
        core.timers.set(self.id.timer(ClientTimer::Retransmit), next);
        core.resend(self.peer, self.request.clone());
        Alarm::Running
    }
}
