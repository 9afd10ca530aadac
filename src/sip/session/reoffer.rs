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
use crate::sip::response::dialog_response;
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
    pub(in crate::sip) fn reoffered(&mut self, session: LegId, id: ServerId, now: Now) {
        let Some((request, _)) = self.transactions.pending(id) else { return };
        let offer = sdp(request);
        if offer.is_none() && request.method() == Some(&Method::Update) {
            return self.refreshed(session, id, now);
        }
        let verdict = match self.sessions.get(&session) {
            Some(Session::Offered(_)) => Verdict::Overlapping,
            Some(Session::Dialing(_)) => Verdict::Glare,
            Some(Session::Talking(talking)) => match talking.exchange {
                OfferAnswer::Idle => Verdict::Ask,
                OfferAnswer::Asked { .. } => Verdict::Overlapping,
                OfferAnswer::AwaitAck(_) => Verdict::Glare,
            },
            Some(Session::Closing(_)) | None => Verdict::Over,
        };
        match verdict {
            Verdict::Ask => self.ask(session, id, offer),
            Verdict::Overlapping => {
                let wait = u32::try_from(self.core.rng.below(RETRY_BELOW)).unwrap_or(0);
                self.reply(id, session, 500, Some(wait), now);
            }
            Verdict::Glare => self.reply(id, session, 491, None, now),
            Verdict::Over => self.reply(id, session, 481, None, now),
        }
    }

    fn ask(&mut self, session: LegId, request: ServerId, offer: Option<Bytes>) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let round = Offerer::of(offer.as_ref());
        talking.exchange = OfferAnswer::Asked { request, round };
        self.core.report(Event::Reoffered { session, body: offer });
    }

    /// Sends the owner's reply to an offer.
    pub(in crate::sip) fn answer(
        &mut self,
        session: LegId,
        body: Result<Bytes, Declined>,
        now: Now,
    ) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let OfferAnswer::Asked { request, round } = talking.exchange else { return };
        talking.exchange = OfferAnswer::Idle;
        let body = match body {
            Ok(body) => body,
            Err(Declined { status, warning }) => {
                let status = if (400..=699).contains(&status) { status } else { 488 };
                return self.decline(request, session, Declined { status, warning }, None, now);
            }
        };
        let Some((asked, _)) = self.transactions.pending(request) else { return };
        if asked.method() != Some(&Method::Invite) {
            return self.agree(session, request, &body, now);
        }
        talking.dialog.refresh(asked);
        let then = Then::Talk(First::Change);
        let wait = self.answer_ok(session, request, &body, (round, then), now);
        if let Some(Session::Talking(talking)) = self.sessions.get_mut(&session)
            && let Some(wait) = wait
        {
            talking.exchange = OfferAnswer::AwaitAck(wait);
        }
    }

    /// Handles an UPDATE without an offer, which only refreshes the Contact.
    fn refreshed(&mut self, session: LegId, id: ServerId, now: Now) {
        self.agree(session, id, &Bytes::new(), now);
    }

    /// Sends 200 to an UPDATE.
    fn agree(&mut self, session: LegId, id: ServerId, body: &Bytes, now: Now) {
        let Some((request, peer)) = self.transactions.pending(id) else { return };
        match self.sessions.get_mut(&session) {
            Some(Session::Offered(offered)) => offered.dialog.refresh(request),
            Some(Session::Talking(talking)) => talking.dialog.refresh(request),
            Some(Session::Dialing(_) | Session::Closing(_)) | None => {}
        }
        let tag = session.to_string();
        let agreed = dialog_response(request, &peer, 200, &tag, body, &self.core.config);
        self.transactions.respond(id, 200, agreed, &mut self.core, now);
    }

    /// Removes an offer that was canceled before its answer.
    pub(super) fn drop_question(&mut self, session: LegId, id: ServerId) {
        if let Some(Session::Talking(talking)) = self.sessions.get_mut(&session)
            && matches!(talking.exchange, OfferAnswer::Asked { request, .. } if request == id)
        {
            talking.exchange = OfferAnswer::Idle;
        }
    }
}
