//! Handles responses to an outgoing INVITE (RFC 3261 §13.2.2).

use std::net::IpAddr;

use bytes::Bytes;

use super::Cancel;
use super::Dialing;
use super::Early;
use super::Fork;
use super::OfferAnswer;
use super::Session;
use super::Talking;
use super::state::EARLY_ANSWER_MAX;
use super::state::EARLY_MAX;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::Hangup;
use crate::sip::Objection;
use crate::sip::Peer;
use crate::sip::Refusal;
use crate::sip::Sources;
use crate::sip::body::sdp;
use crate::sip::dialog::Dialog;
use crate::sip::digest::Authorizer;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::wire::Message;

impl Agent {
    /// Handles a response that is not a retransmission.
    pub(in crate::sip) fn invite_response(
        &mut self,
        id: ClientId,
        session: LegId,
        peer: Peer,
        status: u16,
        response: &Message,
        now: Now,
    ) {
        match status {
            ..=199 => self.progressed(session, peer, status, response, now),
            200..=299 => self.answered(id, session, (peer, response), now),
            300.. => {
                let reply = Reply { peer, status, message: response };
                if !self.invite_again(id, session, reply, now) {
                    self.refused(session, status, response, now);
                }
            }
        }
    }

    fn progressed(
        &mut self,
        session: LegId,
        peer: Peer,
        status: u16,
        response: &Message,
        now: Now,
    ) {
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return };
        let body = sdp(response);
        if let Some(tag) = response.to_tag()
            && status > 100
        {
            dialing.early_dialog(tag, contact_address(response));
            dialing.keep_answer(tag, body.as_ref());
        }
        match dialing.cancel {
            Cancel::Off if status > 100 => {
                self.core.report(Event::Ringing { session, status, body });
            }
            Cancel::Wanted(_) => self.send_cancel(session, now),
            Cancel::Off | Cancel::Sent => {}
        }
        self.carry(session, peer.connection);
    }

    fn refused(&mut self, session: LegId, status: u16, response: &Message, now: Now) {
        let Some(Session::Dialing(dialing)) = self.sessions.get(&session) else { return };
        let cause = match (dialing.cancel, status) {
            (Cancel::Wanted(_) | Cancel::Sent, 487) => Refusal::Canceled,
            (Cancel::Off | Cancel::Wanted(_) | Cancel::Sent, 488 | 606) => {
                Refusal::NotAcceptable(status, Objection::read(response))
            }
            (Cancel::Off | Cancel::Wanted(_) | Cancel::Sent, _) => Refusal::Status(status),
        };
        self.end(session, Event::Refused { session, cause }, now);
    }

    /// Handles a 2xx of any fork: the first answer establishes the session, every other fork is
    /// hung up.
    fn answered(
        &mut self,
        id: ClientId,
        session: LegId,
        (peer, response): (Peer, &Message),
        now: Now,
    ) {
        let Some(invite) = self.transactions.invite(id) else { return };
        let tag = response.to_tag().unwrap_or_default();
        if invite.acknowledge_again(tag, &mut self.core) || invite.is_full() {
            return;
        }
        let (sources, body, auth) = match self.sessions.get(&session) {
            Some(Session::Dialing(dialing)) => {
                let body = sdp(response).or_else(|| dialing.kept_answer(tag));
                (dialing.sources.clone(), body, dialing.auth.clone())
            }
            // A fork: it is hung up.
            Some(Session::Talking(talking)) => {
                (Sources::default(), None, talking.dialog.auth.clone())
            }
            Some(Session::Offered(_) | Session::Closing(_)) | None => {
                (Sources::default(), None, None)
            }
        };
        let Ok(mut dialog) = Dialog::outgoing(&invite.request, response, (peer, sources)) else {
            self.core.counters.malformed += 1;
            return self.unanswered(session, Refusal::Status(500), now);
        };
        dialog.auth = auth.map(Authorizer::renewed);
        let branch = self.core.rng.next_u64();
        let (to, ack) = request::ack(&dialog, &invite.request, branch, &self.core.config);
        invite.acknowledge(tag, to, ack, &mut self.core);
        let fork = match self.sessions.get(&session) {
            Some(Session::Dialing(dialing)) => Answer::of(dialing, tag),
            Some(Session::Offered(_) | Session::Talking(_) | Session::Closing(_)) | None => {
                Answer::Fork
            }
        };
        match fork {
            Answer::Wanted(early) => {
                dialog.remote_seq = early;
                self.establish(session, dialog, peer);
                self.core.report(Event::Answered { session, body });
            }
            Answer::HungUp => {
                self.core.report(Event::Answered { session, body });
                self.end(session, Event::Ended { session, how: Hangup::Bye }, now);
            }
            Answer::Late => {
                self.leave(dialog, None, now);
                self.end(session, Event::Refused { session, cause: Refusal::AnsweredLate }, now);
            }
            Answer::Fork => {
                self.core.counters.forks += 1;
                self.leave(dialog, None, now);
            }
        }
    }

    fn establish(&mut self, session: LegId, dialog: Dialog, peer: Peer) {
        self.core.timers.stop_session(session);
        self.carry(session, peer.connection);
        let talking = Talking { dialog, exchange: OfferAnswer::Idle, probe: None };
        self.sessions.insert(session, Session::Talking(Box::new(talking)));
    }

    /// Ends a session whose INVITE failed. If it was canceled, the cause is `Canceled`.
    pub(in crate::sip) fn unanswered(&mut self, session: LegId, cause: Refusal, now: Now) {
        if cause == Refusal::Unreachable && self.dial_by_udp(session, now) {
            return;
        }
        let Some(Session::Dialing(dialing)) = self.sessions.get(&session) else { return };
        let cause = match dialing.cancel {
            Cancel::Off => cause,
            Cancel::Wanted(_) | Cancel::Sent => Refusal::Canceled,
        };
        self.end(session, Event::Refused { session, cause }, now);
    }
}

/// Meaning of a fork's first 2xx for the session.
enum Answer {
    /// The answer, with the latest CSeq number of its early dialog.
    Wanted(Option<u32>),
    /// The answer of a fork that has already hung up.
    HungUp,
    /// An answer that crossed the agent's CANCEL.
    Late,
    /// An answer after that of another fork, or after the session's end.
    Fork,
}

impl Answer {
    fn of(dialing: &Dialing, tag: &str) -> Answer {
        let early = dialing.early.iter().find(|early| *early.tag == *tag);
        match (dialing.cancel, early.map(|early| (early.fork, early.remote_seq))) {
            (Cancel::Wanted(_) | Cancel::Sent, _) => Answer::Late,
            (Cancel::Off, Some((Fork::HungUp, _))) => Answer::HungUp,
            (Cancel::Off, Some((Fork::Open, seq))) => Answer::Wanted(seq),
            (Cancel::Off, None) => Answer::Wanted(None),
        }
    }
}

impl Dialing {
    /// Adds an early dialog, up to [`EARLY_MAX`].
    fn early_dialog(&mut self, tag: &str, contact: Option<IpAddr>) {
        if self.early.len() < EARLY_MAX && !self.early.iter().any(|early| *early.tag == *tag) {
            let (tag, fork) = (tag.into(), Fork::Open);
            self.early.push(Early { tag, remote_seq: None, contact, answer: None, fork });
        }
    }

    /// Keeps the description of an early dialog's provisional response, reliable or not. A far end
    /// may answer there and leave its 2xx empty (RFC 3261 §13.2.1). Of several the last counts: a
    /// far end that follows the RFC repeats the first, any other has moved its media.
    fn keep_answer(&mut self, tag: &str, body: Option<&Bytes>) {
        let Some(body) = body.filter(|body| body.len() <= EARLY_ANSWER_MAX) else { return };
        if let Some(early) = self.early.iter_mut().find(|early| *early.tag == *tag) {
            // A copy does not keep the whole message in memory while the phone rings.
            early.answer = Some(Bytes::copy_from_slice(body));
        }
    }

    /// Returns the description that the early dialog with this tag had, if any.
    fn kept_answer(&self, tag: &str) -> Option<Bytes> {
        self.early.iter().find(|early| *early.tag == *tag)?.answer.clone()
    }

    /// Marks an early dialog as hung up.
    pub(super) fn hang_up(&mut self, tag: &str) {
        if let Some(early) = self.early.iter_mut().find(|early| *early.tag == *tag) {
            early.fork = Fork::HungUp;
        }
    }
}

/// Returns the host of a response's Contact, if that is an IP address.
fn contact_address(response: &Message) -> Option<IpAddr> {
    response.contact().ok()??.uri.host_ip().map(|ip| ip.to_canonical())
}
