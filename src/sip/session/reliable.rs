//! Sends provisional responses reliably, and handles their PRACK (RFC 3262 §3).

use bytes::Bytes;

use super::OfferAnswer;
use super::Offerer;
use super::Session;
use super::provisional::Answers;
use super::provisional::Ringing;
use super::provisional::Sent;
use crate::base::LegId;
use crate::base::Now;
use crate::base::Prack;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::Hangup;
use crate::sip::body::sdp;
use crate::sip::extension::RELIABLE;
use crate::sip::response::dialog_response;
use crate::sip::response::with_sdp;
use crate::sip::transaction::GIVE_UP;
use crate::sip::transaction::ServerId;
use crate::sip::transaction::SessionTimer;
use crate::sip::transaction::T1;
use crate::sip::transaction::Timer;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;

/// Upper bound of the first number (RFC 3262 §3).
const FIRST_RSEQ_BELOW: u64 = (1 << 31) - 1;
/// Status of an INVITE whose provisional response was never acknowledged.
const TIMED_OUT: u16 = 504;

impl Agent {
    /// Sends a provisional response reliably if the caller requires it, or supports it and would
    /// lose a description, unless its carrier is not to be asked for that. Returns false if it is to
    /// be sent as any other.
    pub(super) fn ring_reliably(
        &mut self,
        session: LegId,
        status: u16,
        (body, prack): (Option<&Bytes>, Prack),
        now: Now,
    ) -> bool {
        let Some(Session::Offered(offered)) = self.sessions.get_mut(&session) else { return false };
        let Some((invite, _)) = self.transactions.pending(offered.invite) else { return false };
        let is_wanted = invite.requires(RELIABLE)
            || (body.is_some() && prack == Prack::Auto && invite.supports(RELIABLE));
        if is_wanted
            && let Some(ringing) = offered.reliable.hold(Ringing { status, body: body.cloned() })
        {
            self.send_reliably(session, ringing, now);
        }
        is_wanted
    }

    fn send_reliably(&mut self, session: LegId, Ringing { status, body }: Ringing, now: Now) {
        let Some(Session::Offered(offered)) = self.sessions.get_mut(&session) else { return };
        let Some((invite, peer)) = self.transactions.pending(offered.invite) else { return };
        let rng = &mut self.core.rng;
        let first = || 1 + u32::try_from(rng.below(FIRST_RSEQ_BELOW)).unwrap_or(0);
        let rseq = offered.reliable.rseq.map_or_else(first, |before| before + 1);
        let tag = session.to_string();
        let builder = dialog_response(invite, &peer, status, &tag, &self.core.config)
            .header(HeaderName::Require, RELIABLE)
            .header(HeaderName::RSeq, rseq);
        let answers = if body.is_some() { Answers::Offer } else { Answers::Nothing };
        let bytes = with_sdp(builder, &body.unwrap_or_default());
        offered.reliable.rseq = Some(rseq);
        offered.reliable.sent = Some(Sent { peer, bytes: bytes.clone(), interval: T1, answers });
        self.transactions.respond(offered.invite, status, bytes, &mut self.core, now);
        let timer = |timer| Timer::Session(session, timer);
        self.core.timers.set(timer(SessionTimer::Ring), now.mono + T1);
        self.core.timers.set(timer(SessionTimer::Prack), now.mono + GIVE_UP);
    }

    /// Retransmits a reliable provisional response: T1, doubling (RFC 3262 §3).
    pub(in crate::sip) fn ring_again(&mut self, session: LegId, now: Now) {
        let Some(Session::Offered(offered)) = self.sessions.get_mut(&session) else { return };
        let Some(sent) = &mut offered.reliable.sent else { return };
        sent.interval *= 2;
        let next = now.mono + sent.interval;
        self.core.timers.set(Timer::Session(session, SessionTimer::Ring), next);
        self.core.resend(sent.peer, sent.bytes.clone());
    }

    /// Rejects an INVITE whose reliable provisional response had no PRACK within 64·T1.
    pub(in crate::sip) fn ring_unheard(&mut self, session: LegId, now: Now) {
        let Some(Session::Offered(offered)) = self.sessions.get(&session) else { return };
        self.core.counters.timeouts += 1;
        self.reply(offered.invite, session, TIMED_OUT, None, now);
        self.end(session, Event::Ended { session, how: Hangup::NoAck, reason: None }, now);
    }

    /// Handles a PRACK. After the 2xx any is accepted: the caller acknowledges what it heard before.
    pub(in crate::sip) fn acknowledged_early(&mut self, session: LegId, id: ServerId, now: Now) {
        let Some((prack, _)) = self.transactions.pending(id) else { return };
        let offer = sdp(prack);
        match self.sessions.get_mut(&session) {
            Some(Session::Offered(offered)) => {
                let invite = self.transactions.pending(offered.invite);
                let Some(sent) = offered.reliable.sent.take_if(|_| {
                    is_of(prack, offered.reliable.rseq, invite.map(|(invite, _)| invite))
                }) else {
                    return self.reply(id, session, 481, None, now);
                };
                if sent.answers == Answers::Offer {
                    offered.exchange = OfferAnswer::Idle;
                }
            }
            Some(Session::Talking(_)) => {
                let status = if offer.is_some() { 491 } else { 200 };
                return self.reply(id, session, status, None, now);
            }
            Some(Session::Dialing(_) | Session::Closing(_)) | None => {
                return self.reply(id, session, 481, None, now);
            }
        }
        let timer = |timer| Timer::Session(session, timer);
        self.core.timers.stop(timer(SessionTimer::Ring));
        self.core.timers.stop(timer(SessionTimer::Prack));
        self.take_prack(session, (id, offer), now);
        self.go_on_ringing(session, now);
    }

    /// Answers a PRACK; one with a new offer is answered by the owner (RFC 3262 §5).
    fn take_prack(&mut self, session: LegId, (id, offer): (ServerId, Option<Bytes>), now: Now) {
        let Some(Session::Offered(offered)) = self.sessions.get_mut(&session) else { return };
        match (&offered.exchange, offer) {
            (OfferAnswer::Idle, Some(offer)) => {
                let round = Offerer::TheirOffer;
                offered.exchange = OfferAnswer::Asked { request: id, round };
                self.core.report(Event::Reoffered { session, body: Some(offer) });
            }
            (OfferAnswer::First(_) | OfferAnswer::Idle, _)
            | (OfferAnswer::Asked { .. } | OfferAnswer::AwaitAck(_) | OfferAnswer::Ours(_), _) => {
                self.reply(id, session, 200, None, now);
            }
        }
    }

    /// Sends what has waited for a PRACK.
    pub(super) fn go_on_ringing(&mut self, session: LegId, now: Now) {
        let Some(Session::Offered(offered)) = self.sessions.get_mut(&session) else { return };
        if matches!(offered.exchange, OfferAnswer::Asked { .. }) {
            return;
        }
        let next = offered.reliable.next.take();
        match (offered.reliable.take_answer(), next) {
            (Some(answer), _) => self.accept(session, &answer, now),
            (None, Some(next)) => self.send_reliably(session, next, now),
            (None, None) => {}
        }
    }
}

/// Returns whether a PRACK acknowledges the response with a number to an INVITE.
fn is_of(prack: &Message, rseq: Option<u32>, invite: Option<&Message>) -> bool {
    let cseq = invite.and_then(|invite| invite.cseq().ok()).map(|(cseq, _)| cseq);
    let rack = prack.rack();
    rack.is_some_and(|rack| Some(rack.rseq) == rseq && Some(rack.cseq) == cseq)
}
