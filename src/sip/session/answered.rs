//! Handles responses to an outgoing INVITE (RFC 3261 §13.2.2).

use bytes::Bytes;

use super::Cancel;
use super::Dialing;
use super::Early;
use super::Fork;
use super::Life;
use super::OfferAnswer;
use super::Offerer;
use super::Referrals;
use super::Session;
use super::Talking;
use super::prack::Place;
use super::prack::reliable;
use super::state::EARLY_ANSWER_MAX;
use super::state::EARLY_MAX;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::Hangup;
use crate::sip::Objection;
use crate::sip::REDIRECTS_MAX;
use crate::sip::Reason;
use crate::sip::Refusal;
use crate::sip::Sources;
use crate::sip::Uri;
use crate::sip::body::sdp;
use crate::sip::dialog::Dialog;
use crate::sip::digest::Authorizer;
use crate::sip::expiry::Expiry;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::wire::Message;
use crate::sip::wire::NameAddr;
use crate::sip::wire::Rack;

impl Agent {
    /// Handles a response that is not a retransmission.
    pub(in crate::sip) fn invite_response(
        &mut self,
        id: ClientId,
        session: LegId,
        reply: Reply<'_>,
        now: Now,
    ) {
        let Some(invite) = self.transactions.invite(id) else { return };
        if invite.request.to_tag().is_some() {
            return self.reinvite_response(id, session, reply, now);
        }
        match reply.status {
            ..=199 => self.progressed(session, reply, now),
            200..=299 => self.answered(id, session, reply, now),
            300.. => {
                if !self.invite_again(id, session, reply, now) {
                    self.refused(session, reply, now);
                }
            }
        }
    }

    fn progressed(&mut self, session: LegId, reply: Reply<'_>, now: Now) {
        let Reply { peer, status, message: response } = reply;
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return };
        let body = sdp(response);
        if let Some(tag) = response.to_tag()
            && status > 100
            && let Some(invite) = self.transactions.invite(dialing.invite)
        {
            dialing.early_dialog(&invite.request, reply);
            if let Some(rseq) = reliable(response) {
                let cseq = invite.request.cseq().map(|(cseq, _)| cseq).unwrap_or_default();
                let Some(early) = dialing.early(tag) else { return };
                if Place::take(&mut early.rseq, rseq) == Place::Other {
                    return;
                }
                if body.is_some() {
                    early.exchange = OfferAnswer::Idle;
                }
                self.send_prack(session, tag, Rack { rseq, cseq }, now);
            }
        }
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return };
        if let Some(tag) = response.to_tag() {
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

    fn refused(&mut self, session: LegId, reply: Reply<'_>, now: Now) {
        let Reply { status, message: response, .. } = reply;
        let Some(Session::Dialing(dialing)) = self.sessions.get(&session) else { return };
        let to = if (300..400).contains(&status) { alternatives(response) } else { Vec::new() };
        if dialing.cancel == Cancel::Off && !to.is_empty() {
            return self.end(session, Event::Redirected { session, status, to }, now);
        }
        let cause = match (&dialing.cancel, status) {
            (Cancel::Wanted(_) | Cancel::Sent, 487) => Refusal::Canceled,
            (Cancel::Off | Cancel::Wanted(_) | Cancel::Sent, 488 | 606) => {
                Refusal::NotAcceptable(status, Objection::read(response))
            }
            (Cancel::Off | Cancel::Wanted(_) | Cancel::Sent, _) => Refusal::Status(status),
        };
        let reason = Reason::read(response);
        self.end(session, Event::Refused { session, cause, reason }, now);
    }

    /// Handles a 2xx of any fork: the first answer establishes the session, every other fork is
    /// hung up.
    fn answered(&mut self, id: ClientId, session: LegId, reply: Reply<'_>, now: Now) {
        let Reply { peer, message: response, .. } = reply;
        let Some(invite) = self.transactions.invite(id) else { return };
        let tag = response.to_tag().unwrap_or_default();
        if invite.acknowledge_again(tag, &mut self.core) || invite.is_full() {
            return;
        }
        let (sources, auth) = match self.sessions.get(&session) {
            Some(Session::Dialing(dialing)) => (dialing.sources.clone(), dialing.auth.clone()),
            // A fork: it is hung up.
            Some(Session::Talking(talking)) => (Sources::default(), talking.dialog.auth.clone()),
            Some(Session::Offered(_) | Session::Closing(_)) | None => (Sources::default(), None),
        };
        let Ok(mut dialog) = Dialog::outgoing(&invite.request, response, (peer, sources)) else {
            self.core.counters.malformed += 1;
            return self.unanswered(session, Refusal::Status(500), now);
        };
        dialog.auth = auth.map(Authorizer::renewed);
        let branch = self.core.rng.next_u64();
        let (to, ack) = request::ack(&dialog, &invite.request, branch, &self.core.config);
        invite.acknowledge(tag, to, ack, &mut self.core);
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else {
            self.core.counters.forks += 1;
            return self.leave(dialog, None, now);
        };
        let body = sdp(response).or_else(|| dialing.kept_answer(tag));
        let is_canceled = dialing.cancel != Cancel::Off;
        let offer = std::mem::take(&mut dialing.offer);
        let early = dialing.early(tag);
        let has_hung_up = early.as_ref().is_some_and(|early| early.fork == Fork::HungUp);
        if let Some(early) = early {
            dialog = dialog.follows(&early.dialog);
        }
        if is_canceled {
            self.leave(dialog, None, now);
            let cause = Refusal::AnsweredLate;
            self.end(session, Event::Refused { session, cause, reason: None }, now);
        } else if has_hung_up {
            self.core.report(Event::Answered { session, body });
            self.end(session, Event::Ended { session, how: Hangup::Bye, reason: None }, now);
        } else {
            self.establish(session, dialog, (offer, reply), now);
            self.core.report(Event::Answered { session, body });
        }
    }

    fn establish(
        &mut self,
        session: LegId,
        dialog: Dialog,
        (offer, reply): (Bytes, Reply<'_>),
        now: Now,
    ) {
        self.core.timers.stop_session(session);
        self.carry(session, reply.peer.connection);
        let life = Life::new(offer, reply.message);
        let (exchange, referrals) = (OfferAnswer::Idle, Referrals::default());
        let talking = Talking { dialog, exchange, probe: None, life, referrals };
        self.sessions.insert(session, Session::Talking(Box::new(talking)));
        self.keep_alive(session, Expiry::of_response(reply.message), now);
    }

    /// Ends a session whose INVITE failed. If it was canceled, the cause is `Canceled`.
    pub(in crate::sip) fn unanswered(&mut self, session: LegId, cause: Refusal, now: Now) {
        if cause == Refusal::Unreachable && self.dial_by_udp(session, now) {
            return;
        }
        if let Some(Session::Talking(_)) = self.sessions.get(&session) {
            return self.reinvite_unanswered(session, now);
        }
        let Some(Session::Dialing(dialing)) = self.sessions.get(&session) else { return };
        let cause = match dialing.cancel {
            Cancel::Off => cause,
            Cancel::Wanted(_) | Cancel::Sent => Refusal::Canceled,
        };
        self.end(session, Event::Refused { session, cause, reason: None }, now);
    }
}

impl Dialing {
    /// Adds the early dialog of a response, up to [`EARLY_MAX`].
    fn early_dialog(&mut self, invite: &Message, reply: Reply<'_>) {
        let tag = reply.message.to_tag().unwrap_or_default();
        if self.early.len() >= EARLY_MAX || self.early(tag).is_some() {
            return;
        }
        let origin = (reply.peer, self.sources.clone());
        let Ok(mut dialog) = Dialog::outgoing(invite, reply.message, origin) else { return };
        dialog.auth = self.auth.clone().map(Authorizer::renewed);
        let exchange = OfferAnswer::First(Offerer::OurOffer);
        let fork = Fork::Open;
        self.early.push(Early { dialog, exchange, rseq: None, answer: None, fork });
    }

    /// Keeps the description of an early dialog's provisional response, reliable or not. A far end
    /// may answer there and leave its 2xx empty (RFC 3261 §13.2.1). Of several the last counts: a
    /// far end that follows the RFC repeats the first, any other has moved its media.
    fn keep_answer(&mut self, tag: &str, body: Option<&Bytes>) {
        let Some(body) = body.filter(|body| body.len() <= EARLY_ANSWER_MAX) else { return };
        if let Some(early) = self.early(tag) {
            // A copy does not keep the whole message in memory while the phone rings.
            early.answer = Some(Bytes::copy_from_slice(body));
        }
    }

    /// Returns the description that the early dialog with this tag had, if any.
    fn kept_answer(&mut self, tag: &str) -> Option<Bytes> {
        self.early(tag)?.answer.clone()
    }

    /// Marks an early dialog as hung up.
    pub(super) fn hang_up(&mut self, tag: &str) {
        if let Some(early) = self.early(tag) {
            early.fork = Fork::HungUp;
        }
    }
}

/// Returns the addresses of a redirection, by falling `q` (RFC 3261 §8.1.3.4).
fn alternatives(response: &Message) -> Vec<Uri> {
    let thousandths = |contact: &NameAddr<'_>| {
        let q = contact.params.find("q").and_then(|q| q.parse::<f32>().ok());
        // Without `q`, an address is preferred.
        std::cmp::Reverse((q.unwrap_or(1.0).clamp(0.0, 1.0) * 1_000.0) as u16)
    };
    let mut contacts: Vec<NameAddr<'_>> =
        response.contacts().flatten().take(REDIRECTS_MAX).collect();
    contacts.sort_by_key(thousandths);
    contacts.into_iter().map(|contact| contact.uri).collect()
}
