//! Hangs up, and handles the far end's BYE (RFC 3261 §15).

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
use crate::sip::dialog::Dialog;
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
                Then::Talk(First::Change) => {
                    self.core.timers.stop_session(session);
                }
            },
            OfferAnswer::Asked { request, .. } => {
                let request = *request;
                talking.exchange = OfferAnswer::Idle;
                self.reply(request, session, 487, None, now);
            }
            OfferAnswer::Idle => {}
        }
        let Some(Session::Talking(talking)) = self.sessions.get(&session) else { return };
        let mut dialog = talking.dialog.clone();
        let bye = self.send_bye(&mut dialog, Purpose::HangUp(session), cause.as_deref(), now);
        let closing = Closing { dialog, bye };
        self.sessions.insert(session, Session::Closing(Box::new(closing)));
    }

    /// Sends BYE.
    pub(super) fn send_bye(
        &mut self,
        dialog: &mut Dialog,
        purpose: Purpose,
        cause: Option<&str>,
        now: Now,
    ) -> ClientId {
        dialog.count_up();
        let id = ClientId { branch: self.core.rng.next_u64(), method: ClientMethod::Other };
        let bye = request::bye(dialog, cause, id.branch, &self.core.config);
        self.transactions.send(id, purpose, bye, &mut self.core, now);
        id
    }

    /// Handles the final response to the agent's BYE, or its timeout after 64·T1 (`None`).
    pub(in crate::sip) fn bye_done(
        &mut self,
        session: LegId,
        id: ClientId,
        status: Option<u16>,
        now: Now,
    ) {
        match self.sessions.get(&session) {
            Some(Session::Closing(closing)) if closing.bye == id => {}
            Some(_) | None => return,
        }
        let how = match status {
            Some(408 | 481) | None => Hangup::Lost,
            Some(_) => Hangup::ByeAnswered,
        };
        self.end(session, Event::Ended { session, how }, now);
    }

    /// Handles the far end's BYE in one of the session's dialogs.
    pub(in crate::sip) fn hung_up(
        &mut self,
        session: LegId,
        id: ServerId,
        remote_tag: &str,
        now: Now,
    ) {
        self.reply(id, session, 200, None, now);
        match self.sessions.get_mut(&session) {
            // A caller may hang up before the answer (RFC 3261 §15).
            Some(Session::Offered(_)) => self.end(session, Event::Canceled { session }, now),
            Some(Session::Talking(_)) => {
                self.end(session, Event::Ended { session, how: Hangup::Bye }, now);
            }
            // The BYE overtook its 2xx (RFC 5407 §3.1), which will end the session.
            Some(Session::Dialing(dialing)) => dialing.hang_up(remote_tag),
            // Both hang up at once: the agent's own BYE ends the session.
            Some(Session::Closing(_)) | None => {}
        }
    }
}
