//! Timers of RFC 3261 §17, RFC 6026 and the sessions, in one queue.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::time::Duration;

use crate::base::LegId;
use crate::base::Mono;
use crate::sip::wire::Method;

/// Round-trip time estimate.
pub(crate) const T1: Duration = Duration::from_millis(500);
/// Longest interval between retransmissions of a non-INVITE request or an INVITE response.
pub(crate) const T2: Duration = Duration::from_secs(4);
/// Longest time that a message stays in the network.
pub(crate) const T4: Duration = Duration::from_secs(5);
/// Timeout of a transaction: 64·T1.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(32);
/// Timer D: at least 32 s whatever T1 is.
pub(crate) const ABSORB_FINALS: Duration = Duration::from_secs(32);
/// Delay of the automatic 100 after an INVITE; RFC 3261 §17.2.1 requires it within 200 ms.
pub(crate) const TRYING_AFTER: Duration = Duration::from_millis(150);

/// Timer of a client transaction. Timer C belongs to proxies; the call limits its ring time itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ClientTimer {
    /// Retransmission over UDP. Timer A of an INVITE: T1, doubling. Timer E of another request: T1,
    /// doubling up to T2.
    Retransmit,
    /// End of the wait for a response. Timer B of an INVITE without any response:
    /// [`crate::sip::AgentConfig::no_response`]. Timer F of another request without a final one:
    /// 64·T1.
    GiveUp,
    /// Wait for copies of the final response. Timer D of an INVITE: 32 s; timer K of another
    /// request: T4; none over TCP. Timer M of an answered INVITE: 64·T1 (RFC 6026 §7.2).
    Absorb,
}

/// Timer of a server transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ServerTimer {
    /// Automatic 100.
    Trying,
    /// Timer G: retransmission of an INVITE's non-2xx final response: T1, doubling up to T2; UDP
    /// only.
    Retransmit,
    /// Timer H: end of the wait for the ACK of a non-2xx final response: 64·T1.
    GiveUp,
    /// Wait for copies. Timer I, of an ACK: T4; timer J, of a request other than INVITE: 64·T1;
    /// none over TCP. Timer L, of an answered INVITE: 64·T1 (RFC 6026 §7.1).
    Absorb,
}

/// Timer of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SessionTimer {
    /// Retransmission of a sent 2xx: T1, doubling up to T2, over any transport (RFC 3261
    /// §13.3.1.4).
    Answer,
    /// Timeout of a sent 2xx without an ACK: 64·T1.
    Ack,
    /// Timeout of a canceled INVITE without a final response: 64·T1 (RFC 3261 §9.1).
    Cancel,
    /// Retransmission of a reliable provisional response: T1, doubling (RFC 3262 §3).
    Ring,
    /// Timeout of a reliable provisional response without a PRACK: 64·T1 (RFC 3262 §3).
    Prack,
    /// The agent refreshes the session: half of the interval after the latest refresh (RFC 4028
    /// §10).
    Refresh,
    /// End of a session that was not refreshed (RFC 4028 §10).
    Expire,
}

/// A timer and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// Of a client transaction.
    Client(ClientId, ClientTimer),
    /// Of a server transaction.
    Server(ServerId, ServerTimer),
    /// Of a session.
    Session(LegId, SessionTimer),
}

impl Timer {
    /// Returns every timer of a client transaction.
    pub(crate) fn all_of_client(id: ClientId) -> impl Iterator<Item = Timer> {
        let all = [ClientTimer::Retransmit, ClientTimer::GiveUp, ClientTimer::Absorb];
        all.into_iter().map(move |timer| Timer::Client(id, timer))
    }

    /// Returns every timer of a server transaction.
    pub(crate) fn all_of_server(id: ServerId) -> impl Iterator<Item = Timer> {
        use ServerTimer::*;
        [Trying, Retransmit, GiveUp, Absorb].into_iter().map(move |timer| Timer::Server(id, timer))
    }

    /// Returns every timer of a session.
    pub(crate) fn all_of_session(id: LegId) -> impl Iterator<Item = Timer> {
        use SessionTimer::*;
        [Answer, Ack, Cancel, Ring, Prack, Refresh, Expire]
            .into_iter()
            .map(move |timer| Timer::Session(id, timer))
    }
}

/// Kind of a client transaction. CANCEL has its INVITE's branch, so the branch alone does not
/// distinguish them (RFC 3261 §17.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ClientMethod {
    /// INVITE.
    Invite,
    /// CANCEL.
    Cancel,
    /// Any other.
    Other,
}

impl ClientMethod {
    /// Returns the kind for the method in a response's CSeq.
    pub(crate) fn of(method: &Method) -> ClientMethod {
        if *method == Method::Invite {
            ClientMethod::Invite
        } else if *method == Method::Cancel {
            ClientMethod::Cancel
        } else {
            ClientMethod::Other
        }
    }
}

/// Id of a client transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClientId {
    /// The 64 random bits of its branch.
    pub(crate) branch: u64,
    /// Its method.
    pub(crate) method: ClientMethod,
}

impl ClientId {
    /// Smallest id.
    pub(crate) const MIN: ClientId = ClientId { branch: 0, method: ClientMethod::Invite };
    /// Largest id.
    pub(crate) const MAX: ClientId = ClientId { branch: u64::MAX, method: ClientMethod::Other };

    /// Returns one of its timers.
    pub(crate) const fn timer(self, timer: ClientTimer) -> Timer {
        Timer::Client(self, timer)
    }
}

/// Id of a server transaction, assigned in sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServerId(pub(crate) u64);

impl ServerId {
    /// Returns one of its timers.
    pub(crate) const fn timer(self, timer: ServerTimer) -> Timer {
        Timer::Server(self, timer)
    }
}

/// All running timers: in order of time, and by name so that each can be stopped exactly. Stopped
/// timers leave nothing behind, so an idle agent has an empty queue.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    queue: BTreeSet<(Mono, Timer)>,
    running: HashMap<Timer, Mono>,
}

impl Timers {
    /// Starts a timer, or reschedules a running one.
    pub(crate) fn set(&mut self, timer: Timer, at: Mono) {
        if let Some(before) = self.running.insert(timer, at) {
            self.queue.remove(&(before, timer));
        }
        self.queue.insert((at, timer));
    }

    /// Stops a timer, if it runs.
    pub(crate) fn stop(&mut self, timer: Timer) {
        if let Some(at) = self.running.remove(&timer) {
            self.queue.remove(&(at, timer));
        }
    }

    /// Stops every timer of a client transaction.
    pub(crate) fn stop_client(&mut self, id: ClientId) {
        Timer::all_of_client(id).for_each(|timer| self.stop(timer));
    }

    /// Stops every timer of a server transaction.
    pub(crate) fn stop_server(&mut self, id: ServerId) {
        Timer::all_of_server(id).for_each(|timer| self.stop(timer));
    }

    /// Stops every timer of a session.
    pub(crate) fn stop_session(&mut self, id: LegId) {
        Timer::all_of_session(id).for_each(|timer| self.stop(timer));
    }

    /// Removes and returns the earliest timer that is due.
    pub(crate) fn pop(&mut self, now: Mono) -> Option<Timer> {
        let &(at, timer) = self.queue.first()?;
        if at > now {
            return None;
        }
        self.stop(timer);
        Some(timer)
    }

    /// Returns when the earliest timer is due.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.queue.first().map(|&(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ClientId = ClientId { branch: 7, method: ClientMethod::Other };
    const RETRANSMIT: Timer = Timer::Client(ID, ClientTimer::Retransmit);
    const GIVE_UP: Timer = Timer::Client(ID, ClientTimer::GiveUp);
    const ACK: Timer = Timer::Session(LegId(7), SessionTimer::Ack);

    fn at(seconds: u64) -> Mono {
        Mono::default() + Duration::from_secs(seconds)
    }

    #[test]
    fn timers_come_in_order_and_only_when_due() {
        let mut timers = Timers::default();
        timers.set(GIVE_UP, at(32));
        timers.set(RETRANSMIT, at(1));
        timers.set(ACK, at(2));
        assert_eq!(timers.deadline(), Some(at(1)));
        assert_eq!(timers.pop(at(0)), None);
        assert_eq!(timers.pop(at(9)), Some(RETRANSMIT));
        assert_eq!(timers.pop(at(9)), Some(ACK));
        assert_eq!(timers.pop(at(9)), None);
        assert_eq!(timers.deadline(), Some(at(32)));
    }

    #[test]
    fn a_timer_set_again_moves_and_a_stopped_one_is_gone() {
        let mut timers = Timers::default();
        timers.set(RETRANSMIT, at(1));
        timers.set(RETRANSMIT, at(5));
        assert_eq!(timers.pop(at(4)), None);
        timers.set(GIVE_UP, at(6));
        timers.set(ACK, at(7));
        timers.stop_client(ID);
        assert_eq!(timers.deadline(), Some(at(7)));
        timers.stop(ACK);
        assert_eq!(timers.deadline(), None);
    }
}
