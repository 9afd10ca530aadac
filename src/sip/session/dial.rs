//! Sends an INVITE.

use bytes::Bytes;
use smallvec::SmallVec;

use super::Cancel;
use super::Dialing;
use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Dial;
use crate::sip::Event;
use crate::sip::Peer;
use crate::sip::Refusal;
use crate::sip::Transport;
use crate::sip::request::Marks;
use crate::sip::request::invite;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::wire::Framing;
use crate::sip::wire::Message;

/// Largest INVITE, in bytes, that is sent in a datagram to a destination that takes TCP, too: the
/// path's size is unknown, and a larger one may be cut into fragments, which many networks drop
/// (RFC 3261 §18.1.1).
pub const DATAGRAM_MAX: usize = 1_300;

/// Upper bound of initial CSeq numbers, so that they never wrap during a dialog.
const FIRST_SEQ_BELOW: u64 = 1 << 16;

impl Agent {
    /// Sends the INVITE of a new session. Ignores an id that is in use. Refuses the session with
    /// 503 without room, and with 400 if no valid message can be written.
    pub(in crate::sip) fn dial(&mut self, dial: &Dial, now: Now) {
        let session = dial.session;
        if self.sessions.contains_key(&session) {
            return;
        }
        if self.is_overfull() {
            self.core.counters.overloads += 1;
            return self.core.report(Event::Refused {
                session,
                cause: Refusal::Status(503),
                reason: None,
            });
        }
        let marks = self.marks();
        let bytes = invite(dial, &marks, &self.core.config);
        let is_large = bytes.len() > DATAGRAM_MAX && dial.peer.transport == Transport::Udp;
        if is_large && dial.takes_tcp {
            let peer = Peer { transport: Transport::Tcp, ..dial.peer };
            let by_tcp = Dial { peer, ..dial.clone() };
            let by_udp = Dial { takes_tcp: false, ..dial.clone() };
            let bytes = invite(&by_tcp, &marks, &self.core.config);
            return self.send_invite((&by_tcp, Some(Box::new(by_udp))), marks, bytes, now);
        }
        self.send_invite((dial, None), marks, bytes, now);
    }

    /// Sends an INVITE again by UDP that could not go by TCP. Returns whether it could.
    pub(in crate::sip) fn dial_by_udp(&mut self, session: LegId, now: Now) -> bool {
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return false };
        let (Cancel::Off, Some(by_udp)) = (&dialing.cancel, dialing.by_udp.take()) else {
            return false;
        };
        self.sessions.remove(&session);
        self.dial(&by_udp, now);
        true
    }

    fn send_invite(
        &mut self,
        (dial, by_udp): (&Dial, Option<Box<Dial>>),
        marks: Marks,
        bytes: Bytes,
        now: Now,
    ) {
        let session = dial.session;
        let Some(request) = read_back(bytes, session) else {
            return self.core.report(Event::Refused {
                session,
                cause: Refusal::Status(400),
                reason: None,
            });
        };
        let id = ClientId { branch: marks.branch, method: ClientMethod::Invite };
        self.transactions.send_invite(id, session, (dial.peer, request), &mut self.core, now);
        let dialing = Dialing {
            invite: id,
            cancel: Cancel::Off,
            early: SmallVec::new(),
            remote: dial.peer.remote.ip(),
            auth: self.guard.authorizer(dial.sources.trunk.as_ref()),
            sources: dial.sources.clone(),
            connection: dial.peer.connection,
            offer: dial.offer.clone(),
            interval: self.core.config.session_expires.unwrap_or_default(),
            by_udp,
        };
        self.sessions.insert(session, Session::Dialing(Box::new(dialing)));
        self.carry(session, dial.peer.connection);
    }

    fn marks(&mut self) -> Marks {
        let rng = &mut self.core.rng;
        Marks {
            branch: rng.next_u64(),
            call_id: format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()),
            seq: first_seq(rng),
        }
    }
}

/// Parses the INVITE as the far end will. Returns `None` if the owner's values make it invalid or
/// hide the local tag.
fn read_back(bytes: Bytes, session: LegId) -> Option<Message> {
    let request = Message::parse(bytes, Framing::Datagram).ok()?;
    request.validate().ok()?;
    let tag = request.from().ok()?.tag?;
    (LegId::of_tag(tag) == Some(session)).then_some(request)
}

/// Returns the CSeq number before the first outgoing request of a dialog.
pub(in crate::sip) fn first_seq(rng: &mut crate::base::Rng) -> u32 {
    u32::try_from(rng.below(FIRST_SEQ_BELOW)).unwrap_or(0)
}
