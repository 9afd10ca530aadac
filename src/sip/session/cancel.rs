//! Cancels an INVITE, outgoing or incoming (RFC 3261 §9).

use super::Cancel;
use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::CancelWhy;
use crate::sip::Event;
use crate::sip::Reason;
use crate::sip::Refusal;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::transaction::GIVE_UP;
use crate::sip::transaction::Purpose;
use crate::sip::transaction::ServerId;
use crate::sip::transaction::SessionTimer;
use crate::sip::transaction::Timer;

impl Agent {
    /// Cancels an outgoing INVITE, now or at its first provisional response.
    pub(in crate::sip) fn cancel(&mut self, session: LegId, why: CancelWhy, now: Now) {
        match self.sessions.get_mut(&session) {
            Some(Session::Dialing(dialing)) if dialing.cancel == Cancel::Off => {
                dialing.cancel = Cancel::Wanted(why);
                self.send_cancel(session, now);
            }
            Some(Session::Talking(_)) => {
                let cause = match why {
                    CancelWhy::Because(reason) => Some(reason.as_str().to_owned()),
                    CancelWhy::Plain | CancelWhy::CompletedElsewhere => None,
                };
                self.bye(session, cause, now);
            }
            Some(Session::Dialing(_) | Session::Offered(_) | Session::Closing(_)) | None => {}
        }
    }

    /// Sends a requested CANCEL, once there has been a provisional response.
    pub(super) fn send_cancel(&mut self, session: LegId, now: Now) {
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return };
        let Cancel::Wanted(why) = dialing.cancel.clone() else { return };
        let invite_id = dialing.invite;
        let Some(invite) = self.transactions.invite(invite_id) else { return };
        if !invite.is_proceeding() {
            return;
        }
        dialing.cancel = Cancel::Sent;
        let id = ClientId { branch: invite_id.branch, method: ClientMethod::Cancel };
        let cancel = (invite.peer, request::cancel(&invite.request, &why));
        self.transactions.send(id, Purpose::Unawaited, cancel, &mut self.core, now);
        self.core.timers.set(Timer::Session(session, SessionTimer::Cancel), now.mono + GIVE_UP);
    }

    /// Ends a canceled INVITE that got no final response within 64·T1.
    pub(in crate::sip) fn cancel_unheard(&mut self, session: LegId, now: Now) {
        let Some(Session::Dialing(dialing)) = self.sessions.get(&session) else { return };
        self.core.counters.timeouts += 1;
        self.transactions.forget(dialing.invite, &mut self.core);
        self.end(session, Event::Refused { session, cause: Refusal::Canceled, reason: None }, now);
    }

    /// Handles the far end's CANCEL of the INVITE `invite`; `id` is the CANCEL's own transaction.
    /// After the final response it changes nothing.
    pub(in crate::sip) fn canceled(&mut self, invite: ServerId, id: ServerId, now: Now) {
        let Some(session) = self.transactions.session_of(invite) else { return };
        let reason = self.transactions.pending(id).and_then(|(cancel, _)| Reason::read(cancel));
        self.reply(id, session, 200, None, now);
        if self.transactions.pending(invite).is_none() {
            return;
        }
        match self.sessions.get(&session) {
            Some(Session::Offered(offered)) if offered.invite == invite => {
                self.end(session, Event::Canceled { session, reason }, now);
            }
            Some(_) | None => {
                self.reply(invite, session, 487, None, now);
                self.drop_question(session, invite);
            }
        }
    }
}
