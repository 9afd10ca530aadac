//! Handles a re-INVITE or UPDATE of the far end (RFC 3261 §14.2, RFC 3311, RFC 6141).

use bytes::Bytes;

use super::First;
use super::OfferAnswer;
use super::Offerer;
use super::Session;
use super::Then;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Declined;
use crate::sip::Event;
use crate::sip::body::sdp;
use crate::sip::expiry::Expiry;
use crate::sip::response::dialog_answer;
use crate::sip::transaction::ServerId;
use crate::sip::wire::Method;

/// Bound of the random Retry-After in a 500 for overlapping offers: 0 to 9 s (RFC 3261 §14.2).
const RETRY_BELOW: u64 = 10;

/// Handling of an offer of the far end.
enum Verdict {
    /// Report it to the owner.
    Ask,
    /// The far end's earlier offer has no answer yet: 500 with Retry-After.
    Overlapping,
    /// The agent's own offer has no answer yet: 491.
    Glare,
    /// The dialog has ended: 481.
    Over,
}

impl Agent {
    /// Handles a re-INVITE, or an UPDATE with or without an offer.
    pub(in crate::sip) fn reoffered(
        &mut self,
        session: LegId,
        remote_tag: &str,
        id: ServerId,
        now: Now,
    ) {
        let Some((request, _)) = self.transactions.pending(id) else { return };
        let offer = sdp(request);
        let is_update = request.method() == Some(&Method::Update);
        if offer.is_none() && is_update {
            // It only refreshes the Contact and the session timer.
            return self.agree(session, id, &Bytes::new(), now);
        }
        let verdict = match self.sessions.get_mut(&session) {
            None => Verdict::Over,
            Some(known) => known.verdict(remote_tag, is_update),
        };
        match verdict {
            Verdict::Ask => self.ask(session, remote_tag, id, offer),
            Verdict::Overlapping => {
                let wait = u32::try_from(self.core.rng.below(RETRY_BELOW)).unwrap_or(0);
                self.reply(id, session, 500, Some(wait), now);
            }
            Verdict::Glare => self.reply(id, session, 491, None, now),
            Verdict::Over => self.reply(id, session, 481, None, now),
        }
    }

    fn ask(&mut self, session: LegId, remote_tag: &str, request: ServerId, offer: Option<Bytes>) {
        let known = self.sessions.get_mut(&session);
        let Some(exchange) = known.and_then(|known| known.exchange(remote_tag)) else { return };
        let round = Offerer::of(offer.as_ref());
        *exchange = OfferAnswer::Asked { request, round };
        // What a provisional response described is no longer the far end's latest description.
        if let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session)
            && let Some(early) = dialing.early(remote_tag)
        {
            early.answer = None;
        }
        self.core.report(Event::Reoffered { session, body: offer });
    }

    /// Sends the owner's reply to an offer.
    pub(in crate::sip) fn answer(
        &mut self,
        session: LegId,
        body: Result<Bytes, Declined>,
        now: Now,
    ) {
        let Some(known) = self.sessions.get_mut(&session) else { return };
        let asked = known.exchanges().into_iter().find_map(|exchange| {
            let (request, round) = (exchange.asked()?, exchange.round());
            *exchange = OfferAnswer::Idle;
            Some((request, round))
        });
        let Some((request, round)) = asked else { return };
        match body {
            Ok(body) => self.answer_offer(session, (request, round), &body, now),
            Err(Declined { status, warning }) => {
                let status = if (400..=699).contains(&status) { status } else { 488 };
                self.decline(request, session, Declined { status, warning }, None, now);
            }
        }
        self.go_on_ringing(session, now);
    }

    fn answer_offer(
        &mut self,
        session: LegId,
        (request, round): (ServerId, Offerer),
        body: &Bytes,
        now: Now,
    ) {
        let Some((asked, _)) = self.transactions.pending(request) else { return };
        if let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) {
            talking.life.sdp = body.clone();
        }
        if asked.method() != Some(&Method::Invite) {
            return self.agree(session, request, body, now);
        }
        let expiry = Expiry::of_request(asked);
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        talking.dialog.refresh(asked);
        let then = Then::Talk(First::Change);
        let wait = self.answer_ok(session, request, body, (round, then), now);
        if let Some(Session::Talking(talking)) = self.sessions.get_mut(&session)
            && let Some(wait) = wait
        {
            talking.exchange = OfferAnswer::AwaitAck(wait);
        }
        self.keep_alive(session, expiry, now);
    }

    /// Sends 200 to an UPDATE or a PRACK.
    fn agree(&mut self, session: LegId, id: ServerId, body: &Bytes, now: Now) {
        let allow = self.allowed(session);
        let Some((request, peer)) = self.transactions.pending(id) else { return };
        let is_update = request.method() == Some(&Method::Update);
        let expiry = Expiry::of_request(request);
        if is_update
            && let Some(known) = self.sessions.get_mut(&session)
            && let Ok(from) = request.from()
            && let Some(dialog) = known.dialog(from.tag.unwrap_or_default())
        {
            dialog.refresh(request);
        }
        let tag = session.to_string();
        let agreed = dialog_answer(request, &peer, &tag, (allow, body), &self.core.config);
        self.transactions.respond(id, 200, agreed, &mut self.core, now);
        if is_update {
            self.keep_alive(session, expiry, now);
        }
    }

    /// Removes an offer that was canceled before its answer.
    pub(super) fn drop_question(&mut self, session: LegId, id: ServerId) {
        let Some(known) = self.sessions.get_mut(&session) else { return };
        for exchange in known.exchanges() {
            if exchange.asked() == Some(id) {
                *exchange = OfferAnswer::Idle;
            }
        }
    }
}

impl Session {
    /// Returns what becomes of an offer by re-INVITE or by UPDATE in one of the session's dialogs.
    /// Before the final response of the INVITE there is no second one (RFC 3261 §14.2), and an
    /// UPDATE only after a reliable answer (RFC 3311 §5.1).
    fn verdict(&mut self, remote_tag: &str, is_update: bool) -> Verdict {
        let open = match self {
            Session::Offered(_) => Verdict::Overlapping,
            Session::Dialing(_) => Verdict::Glare,
            Session::Talking(_) => Verdict::Ask,
            Session::Closing(_) => return Verdict::Over,
        };
        match self.exchange(remote_tag) {
            None => Verdict::Over,
            Some(OfferAnswer::Asked { .. }) => Verdict::Overlapping,
            Some(OfferAnswer::AwaitAck(_) | OfferAnswer::Ours(_)) => Verdict::Glare,
            Some(OfferAnswer::First(_)) => open,
            Some(OfferAnswer::Idle) if is_update => Verdict::Ask,
            Some(OfferAnswer::Idle) => open,
        }
    }
}
