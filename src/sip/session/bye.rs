//! Hangs up, and handles the far end's BYE (RFC 3261 §15).

use bytes::Bytes;

use super::Closing;
use super::First;
use super::OfferAnswer;
use super::Session;
use super::Then;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::Hangup;
use crate::sip::Peer;
use crate::sip::Reason;
use crate::sip::dialog::Dialog;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::transaction::Purpose;
use crate::sip::transaction::ServerId;

impl Agent {
    /// Hangs up. The BYE waits for the ACK of the session's first 2xx.
    pub(in crate::sip) fn bye(&mut self, session: LegId, cause: Option<String>, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        match &mut talking.exchange {
            OfferAnswer::AwaitAck(wait) => match wait.then {
                Then::Talk(First::Session) | Then::HangUp(_) => {
                    wait.then = Then::HangUp(cause);
                    return;
                }
                Then::Talk(First::Change) => {}
            },
            OfferAnswer::Asked { request, .. } => {
                let request = *request;
                talking.exchange = OfferAnswer::Idle;
                self.reply(request, session, 487, None, now);
            }
            OfferAnswer::First(_) | OfferAnswer::Idle | OfferAnswer::Ours(_) => {}
        }
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        let (dialog, refer) = (talking.dialog.clone(), talking.referrals.take_asked());
        if let Some(refer) = refer {
            self.reply(refer, session, 487, None, now);
        }
        self.close(session, dialog, cause, now);
    }

    fn close(&mut self, session: LegId, mut dialog: Dialog, cause: Option<String>, now: Now) {
        self.core.timers.stop_session(session);
        let (id, bye) = self.next_bye(&mut dialog, cause.as_deref());
        self.transactions.send(id, Purpose::HangUp(session), bye, &mut self.core, now);
        let closing = Closing { dialog, bye: id, cause };
        self.sessions.insert(session, Session::Closing(Box::new(closing)));
    }

    fn next_bye(&mut self, dialog: &mut Dialog, cause: Option<&str>) -> (ClientId, (Peer, Bytes)) {
        dialog.count_up();
        let id = ClientId { branch: self.core.rng.next_u64(), method: ClientMethod::Other };
        (id, request::bye(dialog, cause, id.branch, &self.core.config, &mut self.core.rng))
    }

    /// Sends BYE in a dialog whose session has ended, or is with another fork.
    pub(super) fn leave(&mut self, mut dialog: Dialog, cause: Option<&str>, now: Now) {
        let (id, bye) = self.next_bye(&mut dialog, cause);
        let purpose = Purpose::Leave(Box::new(dialog));
        self.transactions.send(id, purpose, bye, &mut self.core, now);
    }

    /// Handles the final response to the BYE of [`Agent::leave`].
    pub(in crate::sip) fn left(&mut self, mut dialog: Dialog, reply: Option<Reply<'_>>, now: Now) {
        if reply.is_some_and(|reply| dialog.is_challenged(&reply, &self.core.config)) {
            self.leave(dialog, None, now);
        }
    }

    /// Handles the final response to the agent's BYE, or its timeout after 64·T1 (`None`).
    pub(in crate::sip) fn bye_done(
        &mut self,
        session: LegId,
        id: ClientId,
        reply: Option<Reply<'_>>,
        now: Now,
    ) {
        let Some(Session::Closing(closing)) = self.sessions.get_mut(&session) else { return };
        if closing.bye != id {
            return;
        }
        if reply.is_some_and(|reply| closing.dialog.is_challenged(&reply, &self.core.config)) {
            let (dialog, cause) = (closing.dialog.clone(), closing.cause.take());
            return self.close(session, dialog, cause, now);
        }
        let how = match reply.map(|reply| reply.status) {
            Some(408 | 481) | None => Hangup::Lost,
            Some(_) => Hangup::ByeAnswered,
        };
        self.end(session, Event::Ended { session, how, reason: None }, now);
    }

    /// Handles the far end's BYE in one of the session's dialogs.
    pub(in crate::sip) fn hung_up(
        &mut self,
        session: LegId,
        id: ServerId,
        remote_tag: &str,
        now: Now,
    ) {
        let reason = self.transactions.pending(id).and_then(|(bye, _)| Reason::read(bye));
        self.reply(id, session, 200, None, now);
        match self.sessions.get_mut(&session) {
            // A caller may hang up before the answer (RFC 3261 §15).
            Some(Session::Offered(_)) => {
                self.end(session, Event::Canceled { session, reason }, now);
            }
            Some(Session::Talking(_)) => {
                self.end(session, Event::Ended { session, how: Hangup::Bye, reason }, now);
            }
            // The BYE overtook its 2xx (RFC 5407 §3.1), which will end the session.
            Some(Session::Dialing(dialing)) => dialing.hang_up(remote_tag),
            // Both hang up at once: the agent's own BYE ends the session.
            Some(Session::Closing(_)) | None => {}
        }
    }
}
