//! Answers an INVITE, and retransmits the 2xx until its ACK (RFC 3261 §13.3.1.4).

use bytes::Bytes;

use super::AwaitAck;
use super::First;
use super::Life;
use super::OfferAnswer;
use super::Offerer;
use super::Referrals;
use super::Session;
use super::Talking;
use super::Then;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::Hangup;
use crate::sip::body::sdp;
use crate::sip::expiry::Expiry;
use crate::sip::response::dialog_answer;
use crate::sip::transaction::GIVE_UP;
use crate::sip::transaction::ServerId;
use crate::sip::transaction::SessionTimer;
use crate::sip::transaction::T1;
use crate::sip::transaction::T2;
use crate::sip::transaction::Timer;
use crate::sip::wire::Message;

impl Agent {
    /// Answers an incoming INVITE. A description that a reliable provisional response had is not
    /// sent again (RFC 3262 §5).
    pub(in crate::sip) fn accept(&mut self, session: LegId, body: &Bytes, now: Now) {
        let Some(Session::Offered(offered)) = self.sessions.get_mut(&session) else { return };
        let Some(body) = offered.reliable.hold_answer(body.clone()) else { return };
        let (invite, dialog) = (offered.invite, offered.dialog.clone());
        let round = offered.exchange.round();
        let answer = match offered.exchange {
            OfferAnswer::First(_) => body.clone(),
            OfferAnswer::Asked { .. } => return offered.reliable.answer_later(body),
            OfferAnswer::Idle | OfferAnswer::AwaitAck(_) | OfferAnswer::Ours(_) => Bytes::new(),
        };
        let Some((request, _)) = self.transactions.pending(invite) else { return };
        let (life, expiry) = (Life::new(body, request), Expiry::of_request(request));
        let then = Then::Talk(First::Session);
        let Some(wait) = self.answer_ok(session, invite, &answer, (round, then), now) else {
            return;
        };
        let timers = &mut self.core.timers;
        timers.stop(Timer::Session(session, SessionTimer::Ring));
        timers.stop(Timer::Session(session, SessionTimer::Prack));
        let exchange = OfferAnswer::AwaitAck(wait);
        let referrals = Referrals::default();
        let talking = Talking { dialog, exchange, probe: None, life, referrals };
        self.sessions.insert(session, Session::Talking(Box::new(talking)));
        self.keep_alive(session, expiry, now);
    }

    /// Sends 200 to a pending INVITE and starts to retransmit it. Returns `None` if the INVITE is
    /// not pending.
    pub(super) fn answer_ok(
        &mut self,
        session: LegId,
        id: ServerId,
        body: &Bytes,
        (round, then): (Offerer, Then),
        now: Now,
    ) -> Option<AwaitAck> {
        let allow = self.allowed(session);
        let (invite, peer) = self.transactions.pending(id)?;
        let (seq, _) = invite.cseq().ok()?;
        let tag = session.to_string();
        let answer = dialog_answer(invite, &peer, &tag, (allow, body), &self.core.config);
        self.transactions.respond(id, 200, answer.clone(), &mut self.core, now);
        let timer = |timer| Timer::Session(session, timer);
        self.core.timers.set(timer(SessionTimer::Answer), now.mono + T1);
        self.core.timers.set(timer(SessionTimer::Ack), now.mono + GIVE_UP);
        Some(AwaitAck { seq, peer, answer, interval: T1, round, then })
    }

    /// Retransmits a 2xx that has not been acknowledged.
    pub(in crate::sip) fn answer_again(&mut self, session: LegId, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let OfferAnswer::AwaitAck(wait) = &mut talking.exchange else { return };
        wait.interval = (wait.interval * 2).min(T2);
        let next = now.mono + wait.interval;
        self.core.timers.set(Timer::Session(session, SessionTimer::Answer), next);
        self.core.resend(wait.peer, wait.answer.clone());
    }

    /// Hangs up, because no ACK arrived within 64·T1.
    pub(in crate::sip) fn answer_unheard(&mut self, session: LegId, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let OfferAnswer::AwaitAck(wait) = &mut talking.exchange else { return };
        self.core.counters.timeouts += 1;
        let cause = match &mut wait.then {
            Then::HangUp(cause) => cause.take(),
            Then::Talk(_) => None,
        };
        let dialog = talking.dialog.clone();
        self.leave(dialog, cause.as_deref(), now);
        self.end(session, Event::Ended { session, how: Hangup::NoAck, reason: None }, now);
    }

    /// Handles the ACK of a 2xx.
    pub(in crate::sip) fn acknowledged(&mut self, session: LegId, ack: &Message, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else {
            return self.stray_ack();
        };
        let ours = |wait: &AwaitAck| ack.cseq().is_ok_and(|(seq, _)| seq == wait.seq);
        match &talking.exchange {
            OfferAnswer::AwaitAck(wait) if ours(wait) => {}
            OfferAnswer::First(_)
            | OfferAnswer::AwaitAck(_)
            | OfferAnswer::Asked { .. }
            | OfferAnswer::Ours(_)
            | OfferAnswer::Idle => return self.stray_ack(),
        }
        let before = std::mem::replace(&mut talking.exchange, OfferAnswer::Idle);
        let timers = &mut self.core.timers;
        timers.stop(Timer::Session(session, SessionTimer::Answer));
        timers.stop(Timer::Session(session, SessionTimer::Ack));
        let OfferAnswer::AwaitAck(wait) = before else { return };
        match (wait.then, wait.round) {
            (Then::HangUp(cause), _) => self.bye(session, cause, now),
            (Then::Talk(First::Change), Offerer::TheirOffer) => {}
            (Then::Talk(First::Session), Offerer::TheirOffer) => {
                self.core.report(Event::Confirmed { session, body: None });
            }
            (Then::Talk(_), Offerer::OurOffer) => {
                self.core.report(Event::Confirmed { session, body: sdp(ack) });
            }
        }
    }

    fn stray_ack(&mut self) {
        self.core.counters.unmatched_acks += 1;
    }
}
