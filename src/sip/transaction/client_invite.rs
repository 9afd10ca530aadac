//! The INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §8.4).

use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use super::Alarm;
use super::ClientId;
use super::Delivery;
use super::timers::ABSORB_FINALS;
use super::timers::ClientTimer;
use super::timers::GIVE_UP;
use super::timers::T1;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Peer;
use crate::sip::core::Core;
use crate::sip::request::ack_of_refusal;
use crate::sip::wire::Message;

/// Most answers of one forked INVITE that are acknowledged.
pub(crate) const FORKS_MAX: usize = 8;

#[derive(Debug)]
enum State {
    /// Sent; waits for any response.
    Calling { interval: Duration },
    /// Waits for a final response.
    Proceeding,
    /// Rejected; acknowledges every copy of the final response.
    Completed { ack: Bytes },
    /// Answered; passes every copy of the 2xx to the session.
    Accepted,
}

/// ACK for one fork's 2xx, sent again for every copy of it.
#[derive(Debug)]
struct Acked {
    tag: Box<str>,
    peer: Peer,
    ack: Bytes,
}

/// Client transaction of one INVITE.
#[derive(Debug)]
pub(crate) struct ClientInvite {
    /// Session that dialled; it may have ended.
    pub(crate) session: LegId,
    /// Destination of the INVITE.
    pub(crate) peer: Peer,
    /// The INVITE, from which ACK and CANCEL copy headers.
    pub(crate) request: Message,
    id: ClientId,
    state: State,
    acked: SmallVec<[Acked; 1]>,
}

impl ClientInvite {
    /// Sends the INVITE.
    pub(crate) fn start(
        id: ClientId,
        session: LegId,
        peer: Peer,
        request: Message,
        core: &mut Core,
        now: Now,
    ) -> Self {
        if !peer.transport.is_reliable() {
            core.timers.set(id.timer(ClientTimer::Retransmit), now.mono + T1);
        }
        // There is no other gateway for a dialog: timer B is the RFC's.
        let is_within = request.to_tag().is_some();
        let patience = if is_within { GIVE_UP } else { core.config.no_response };
        core.timers.set(id.timer(ClientTimer::GiveUp), now.mono + patience);
        core.send(peer, request.bytes().clone());
        let state = State::Calling { interval: T1 };
        Self { session, peer, request, id, state, acked: SmallVec::new() }
    }

    /// Handles a response, and acknowledges a rejection.
    pub(crate) fn response(
        &mut self,
        status: u16,
        response: &Message,
        core: &mut Core,
        now: Now,
    ) -> Delivery {
        match (&self.state, status) {
            (State::Calling { .. } | State::Proceeding, 100..=199) => {
                core.timers.stop(self.id.timer(ClientTimer::Retransmit));
                core.timers.stop(self.id.timer(ClientTimer::GiveUp));
                self.state = State::Proceeding;
                Delivery::New
            }
            (State::Calling { .. } | State::Proceeding, 200..=299) => {
                core.timers.stop_client(self.id);
                core.timers.set(self.id.timer(ClientTimer::Absorb), now.mono + GIVE_UP);
                self.state = State::Accepted;
                Delivery::New
            }
            (State::Calling { .. } | State::Proceeding, _) => {
                let wait =
                    if self.peer.transport.is_reliable() { Duration::ZERO } else { ABSORB_FINALS };
                core.timers.stop_client(self.id);
                core.timers.set(self.id.timer(ClientTimer::Absorb), now.mono + wait);
                let ack = ack_of_refusal(&self.request, response);
                core.send(self.peer, ack.clone());
                self.state = State::Completed { ack };
                Delivery::New
            }
            (State::Completed { ack }, 300..) => {
                core.resend(self.peer, ack.clone());
                Delivery::Retransmission
            }
            (State::Accepted, 200..=299) => Delivery::New,
            (State::Completed { .. } | State::Accepted, _) => Delivery::Retransmission,
        }
    }

    /// Sends the session's ACK and keeps it for copies of this fork's 2xx.
    pub(crate) fn acknowledge(&mut self, tag: &str, peer: Peer, ack: Bytes, core: &mut Core) {
        core.send(peer, ack.clone());
        self.acked.push(Acked { tag: tag.into(), peer, ack });
    }

    /// Sends the ACK of a fork again. Returns false if the fork was not acknowledged yet.
    pub(crate) fn acknowledge_again(&self, tag: &str, core: &mut Core) -> bool {
        match self.acked.iter().find(|acked| *acked.tag == *tag) {
            Some(acked) => {
                core.resend(acked.peer, acked.ack.clone());
                true
            }
            None => false,
        }
    }

    /// Returns whether `FORKS_MAX` forks have been acknowledged.
    pub(crate) fn is_full(&self) -> bool {
        self.acked.len() >= FORKS_MAX
    }

    /// Returns whether there was a provisional response and no final one: CANCEL may be sent.
    pub(crate) fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    /// Returns whether there was no response at all.
    pub(crate) fn is_calling(&self) -> bool {
        matches!(self.state, State::Calling { .. })
    }

    /// Handles an expired timer of this transaction.
    pub(crate) fn timer(&mut self, timer: ClientTimer, core: &mut Core, now: Now) -> Alarm {
        match (timer, &mut self.state) {
            (ClientTimer::Retransmit, State::Calling { interval }) => {
                *interval *= 2;
                core.timers.set(self.id.timer(ClientTimer::Retransmit), now.mono + *interval);
                core.resend(self.peer, self.request.bytes().clone());
                Alarm::Running
            }
            (ClientTimer::GiveUp, State::Calling { .. }) => Alarm::TimedOut,
            (ClientTimer::Absorb, State::Completed { .. })
            | (ClientTimer::Absorb, State::Accepted) => Alarm::Done,
            (_, State::Calling { .. } | State::Proceeding) => Alarm::Running,
            (_, State::Completed { .. } | State::Accepted) => Alarm::Running,
        }
    }
}
