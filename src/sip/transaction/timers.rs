//! Timers of RFC 3261 §17, RFC 6026 and the sessions, in one queue.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
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

/// Name of a timer. Timer C belongs to proxies; the call limits its ring time itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// Retransmission of an INVITE: T1, doubling; UDP only.
    A,
    /// Timeout of an INVITE without any response: [`crate::sip::AgentConfig::no_response`].
    B,
    /// Wait for copies of an INVITE's final response: 32 s; none over TCP.
    D,
    /// Retransmission of a non-INVITE request: T1, doubling up to T2; UDP only.
    E,
    /// Timeout of a non-INVITE request without a final response: 64·T1.
    F,
    /// Retransmission of an INVITE's non-2xx final response: T1, doubling up to T2; UDP only.
    G,
    /// Timeout of an INVITE's non-2xx final response without an ACK: 64·T1.
    H,
    /// Wait for copies of an ACK: T4; none over TCP.
    I,
    /// Wait for copies of a non-INVITE request: 64·T1; none over TCP.
    J,
    /// Wait for copies of a non-INVITE final response: T4; none over TCP.
    K,
    /// Wait for copies of an INVITE after a 2xx: 64·T1 (RFC 6026 §7.1).
    L,
    /// Wait for copies of a 2xx or forked 2xx: 64·T1 (RFC 6026 §7.2).
    M,
    /// Automatic 100.
    Trying,
    /// Retransmission of a sent 2xx: T1, doubling up to T2, over any transport (RFC 3261
    /// §13.3.1.4).
    Answer,
    /// Timeout of a sent 2xx without an ACK: 64·T1.
    Ack,
    /// Timeout of a canceled INVITE without a final response: 64·T1 (RFC 3261 §9.1).
    Cancel,
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
}

/// Id of a server transaction, assigned in sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServerId(pub(crate) u64);

/// Owner of a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owner {
    /// An INVITE or other client transaction.
    Client(ClientId),
    /// A server transaction.
    Server(ServerId),
    /// A session.
    Session(LegId),
}

/// A running timer. The order of the fields is the order of the queue: the earliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Mono,
    owner: Owner,
    timer: Timer,
}

/// All running timers: in order of time, and by owner so that each can be stopped exactly. Stopped
/// timers leave nothing behind, so an idle agent has an empty queue.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    queue: BTreeSet<Due>,
    running: BTreeMap<Owner, BTreeMap<Timer, Mono>>,
}

impl Timers {
    /// Starts a timer, or reschedules a running one.
    pub(crate) fn set(&mut self, owner: Owner, timer: Timer, at: Mono) {
        if let Some(before) = self.running.entry(owner).or_default().insert(timer, at) {
            self.queue.remove(&Due { at: before, owner, timer });
        }
        self.queue.insert(Due { at, owner, timer });
    }

    /// Stops a timer, if it runs.
    pub(crate) fn stop(&mut self, owner: Owner, timer: Timer) {
        let Some(own) = self.running.get_mut(&owner) else { return };
        if let Some(at) = own.remove(&timer) {
            self.queue.remove(&Due { at, owner, timer });
        }
        if own.is_empty() {
            self.running.remove(&owner);
        }
    }

    /// Stops every timer of an owner that has ended.
    pub(crate) fn stop_all(&mut self, owner: Owner) {
        for (timer, at) in self.running.remove(&owner).unwrap_or_default() {
            self.queue.remove(&Due { at, owner, timer });
        }
    }

    /// Removes and returns the earliest timer that is due.
    pub(crate) fn pop(&mut self, now: Mono) -> Option<(Owner, Timer)> {
        let &Due { at, owner, timer } = self.queue.first()?;
        if at > now {
            return None;
        }
        self.stop(owner, timer);
        Some((owner, timer))
    }

    /// Returns when the earliest timer is due.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.queue.first().map(|due| due.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = Owner::Client(ClientId { branch: 7, method: ClientMethod::Other });
    const OTHER: Owner = Owner::Session(LegId(7));

    fn at(seconds: u64) -> Mono {
        Mono::default() + Duration::from_secs(seconds)
    }

    #[test]
    fn timers_come_in_order_and_only_when_due() {
        let mut timers = Timers::default();
        timers.set(OWNER, Timer::B, at(32));
        timers.set(OWNER, Timer::A, at(1));
        timers.set(OTHER, Timer::Ack, at(2));
        assert_eq!(timers.deadline(), Some(at(1)));
        assert_eq!(timers.pop(at(0)), None);
        assert_eq!(timers.pop(at(9)), Some((OWNER, Timer::A)));
        assert_eq!(timers.pop(at(9)), Some((OTHER, Timer::Ack)));
        assert_eq!(timers.pop(at(9)), None);
        assert_eq!(timers.deadline(), Some(at(32)));
    }

    #[test]
    fn a_timer_set_again_moves_and_a_stopped_one_is_gone() {
        let mut timers = Timers::default();
        timers.set(OWNER, Timer::A, at(1));
        timers.set(OWNER, Timer::A, at(5));
        assert_eq!(timers.pop(at(4)), None);
        timers.set(OWNER, Timer::Cancel, at(6));
        timers.set(OTHER, Timer::A, at(7));
        timers.stop_all(OWNER);
        assert_eq!(timers.deadline(), Some(at(7)));
        timers.stop(OTHER, Timer::A);
        assert_eq!(timers.deadline(), None);
    }
}
