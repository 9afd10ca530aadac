//! Refreshes a session by UPDATE or re-INVITE, and ends one that is not refreshed (RFC 4028 §7, §10;
//! RFC 3261 §14.1).

use std::time::Duration;

use super::OfferAnswer;
use super::RefreshBy;
use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::Hangup;
use crate::sip::body::sdp;
use crate::sip::dialog::Dialog;
use crate::sip::dialog::Side;
use crate::sip::expiry::Expiry;
use crate::sip::expiry::demanded;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::transaction::Purpose;
use crate::sip::transaction::SessionTimer;
use crate::sip::transaction::Timer;
use crate::sip::wire::Framing;
use crate::sip::wire::Message;

/// Time until a refresh is tried again that the far end could not take.
const RETRY_AFTER: Duration = Duration::from_secs(10);
/// Reason of the BYE that ends a session without a refresh.
const EXPIRED: &str = "SIP;cause=408;text=\"Session expired\"";

/// What the response to a refresh means.
enum Outcome {
    /// Refreshed.
    Done(Option<Expiry>),
    /// It is sent again, because it was challenged, or by another method, or with another interval.
    Again,
    /// It is tried again later; the session continues until its time is over.
    Later(Duration),
    /// The far end is gone.
    Lost,
}

impl Agent {
    /// Takes up an agreed session timer, or that there is none.
    pub(super) fn keep_alive(&mut self, session: LegId, expiry: Option<Expiry>, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        talking.life.expiry = expiry;
        let timers = &mut self.core.timers;
        let timer = |timer| Timer::Session(session, timer);
        match expiry.and_then(Expiry::refresh_after) {
            Some(after) => timers.set(timer(SessionTimer::Refresh), now.mono + after),
            None => timers.stop(timer(SessionTimer::Refresh)),
        }
        match expiry.map(Expiry::end_after) {
            Some(after) => timers.set(timer(SessionTimer::Expire), now.mono + after),
            None => timers.stop(timer(SessionTimer::Expire)),
        }
    }

    /// Refreshes a session, when it is time. Waits while another offer is under way.
    pub(in crate::sip) fn refresh(&mut self, session: LegId, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let Some(expiry) = talking.life.expiry else { return };
        match (talking.life.by, &talking.exchange) {
            (RefreshBy::Update, _) => self.send_update(session, expiry, now),
            (RefreshBy::Invite, OfferAnswer::Idle) => self.send_reinvite(session, expiry, now),
            (
                RefreshBy::Invite,
                OfferAnswer::First(_)
                | OfferAnswer::Asked { .. }
                | OfferAnswer::AwaitAck(_)
                | OfferAnswer::Ours(_),
            ) => self.refresh_later(session, RETRY_AFTER, now),
        }
    }

    fn send_update(&mut self, session: LegId, expiry: Expiry, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let (config, rng) = (&self.core.config, &mut self.core.rng);
        let id = ClientId { branch: rng.next_u64(), method: ClientMethod::Other };
        talking.life.update = Some(id);
        talking.dialog.count_up();
        let update = request::update(&mut talking.dialog, expiry, id.branch, config, rng);
        self.transactions.send(id, Purpose::Refresh(session), update, &mut self.core, now);
    }

    /// Offers the session description that is in use again: the same version of it changes nothing
    /// (RFC 3264 §8).
    fn send_reinvite(&mut self, session: LegId, expiry: Expiry, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let (config, rng) = (&self.core.config, &mut self.core.rng);
        let id = ClientId { branch: rng.next_u64(), method: ClientMethod::Invite };
        talking.dialog.count_up();
        let offer = &talking.life.sdp;
        let dialog = &mut talking.dialog;
        let (peer, invite) = request::reinvite(dialog, (expiry, offer), id.branch, config, rng);
        let Ok(invite) = Message::parse(invite, Framing::Datagram) else { return };
        talking.exchange = OfferAnswer::Ours(id);
        self.transactions.send_invite(id, session, (peer, invite), &mut self.core, now);
    }

    /// Handles the final response to an UPDATE, or its timeout (`None`).
    pub(in crate::sip) fn update_replied(
        &mut self,
        session: LegId,
        id: ClientId,
        reply: Option<Reply<'_>>,
        now: Now,
    ) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        if talking.life.update != Some(id) {
            return;
        }
        talking.life.update = None;
        if let Some(Reply { status: 200..=299, message, .. }) = reply {
            talking.dialog.refresh(message);
        }
        self.refreshed(session, reply, now);
    }

    /// Handles a response to the agent's re-INVITE. A 2xx is acknowledged in any state of the
    /// session, also after its end.
    pub(super) fn reinvite_response(
        &mut self,
        id: ClientId,
        session: LegId,
        reply: Reply<'_>,
        now: Now,
    ) {
        if reply.status < 200 {
            return;
        }
        if reply.status < 300 {
            let Some(invite) = self.transactions.invite(id) else { return };
            let tag = reply.message.to_tag().unwrap_or_default();
            if invite.acknowledge_again(tag, &mut self.core) || invite.is_full() {
                return;
            }
            let branch = self.core.rng.next_u64();
            let ack =
                request::ack_of_reinvite(&invite.request, &invite.peer, branch, &self.core.config);
            invite.acknowledge(tag, invite.peer, ack, &mut self.core);
        }
        if !self.end_of_reinvite(session, id) {
            return;
        }
        if let Some(Session::Talking(talking)) = self.sessions.get_mut(&session)
            && reply.status < 300
        {
            talking.dialog.refresh(reply.message);
            if let Some(body) = sdp(reply.message) {
                self.core.report(Event::Confirmed { session, body: Some(body) });
            }
        }
        self.refreshed(session, Some(reply), now);
    }

    /// Handles a re-INVITE without a final response.
    pub(super) fn reinvite_unanswered(&mut self, session: LegId, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        if matches!(talking.exchange, OfferAnswer::Ours(_)) {
            talking.exchange = OfferAnswer::Idle;
            self.refreshed(session, None, now);
        }
    }

    /// Returns whether the session waited for this re-INVITE.
    fn end_of_reinvite(&mut self, session: LegId, id: ClientId) -> bool {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return false };
        let is_awaited = matches!(talking.exchange, OfferAnswer::Ours(own) if own == id);
        if is_awaited {
            talking.exchange = OfferAnswer::Idle;
        }
        is_awaited
    }

    fn refreshed(&mut self, session: LegId, reply: Option<Reply<'_>>, now: Now) {
        match self.outcome_of(session, reply) {
            Outcome::Done(expiry) => {
                self.core.report(Event::Alive { session });
                self.keep_alive(session, expiry, now);
            }
            Outcome::Again => self.refresh(session, now),
            Outcome::Later(after) => self.refresh_later(session, after, now),
            Outcome::Lost => self.lose(session, None, now),
        }
    }

    fn outcome_of(&mut self, session: LegId, reply: Option<Reply<'_>>) -> Outcome {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else {
            return Outcome::Later(RETRY_AFTER);
        };
        let Some(reply) = reply else { return Outcome::Lost };
        let life = &mut talking.life;
        match reply.status {
            200..=299 => Outcome::Done(Expiry::of_response(reply.message)),
            401 | 407 if talking.dialog.is_challenged(&reply, &self.core.config) => Outcome::Again,
            405 | 501 if life.by == RefreshBy::Update => {
                life.by = RefreshBy::Invite;
                Outcome::Again
            }
            408 | 481 => Outcome::Lost,
            422 => {
                let asked = life.expiry.map(|expiry| expiry.interval).unwrap_or_default();
                let (Some(longer), Some(expiry)) =
                    (demanded(reply.message, asked), &mut life.expiry)
                else {
                    return Outcome::Later(RETRY_AFTER);
                };
                expiry.interval = longer;
                Outcome::Again
            }
            491 => Outcome::Later(glare(&talking.dialog, &mut self.core.rng)),
            _ => Outcome::Later(RETRY_AFTER),
        }
    }

    fn refresh_later(&mut self, session: LegId, after: Duration, now: Now) {
        self.core.timers.set(Timer::Session(session, SessionTimer::Refresh), now.mono + after);
    }

    /// Ends a session that was not refreshed in time.
    pub(in crate::sip) fn expire(&mut self, session: LegId, now: Now) {
        self.core.counters.timeouts += 1;
        self.lose(session, Some(EXPIRED), now);
    }

    /// Ends a session whose far end is gone.
    pub(super) fn lose(&mut self, session: LegId, cause: Option<&str>, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get(&session) else { return };
        let dialog = talking.dialog.clone();
        self.leave(dialog, cause, now);
        self.end(session, Event::Ended { session, how: Hangup::Lost, reason: None }, now);
    }
}

/// Returns the random time after which a re-INVITE is sent again that crossed one of the far end:
/// longer for the side that has chosen the Call-ID, in steps of 10 ms (RFC 3261 §14.1).
fn glare(dialog: &Dialog, rng: &mut crate::base::Rng) -> Duration {
    let (from, steps) = match dialog.side {
        Side::Caller => (210, 190),
        Side::Callee => (0, 200),
    };
    Duration::from_millis(10 * (from + rng.below(steps + 1)))
}
