//! Handles the loss of a session's connection.

use super::OfferAnswer;
use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Refusal;

impl Agent {
    /// Sends later requests and responses by address. A request that was in transit is lost:
    /// reliable transports have no retransmission.
    pub(in crate::sip) fn carrier_lost(&mut self, session: LegId, now: Now) {
        let Some(known) = self.sessions.get_mut(&session) else { return };
        *known.connection() = None;
        for request in known.asked() {
            self.transactions.reroute(request);
        }
        match known {
            Session::Offered(offered) => self.transactions.reroute(offered.invite),
            Session::Dialing(dialing) => {
                for early in &mut dialing.early {
                    early.dialog.peer.connection = None;
                }
                let id = dialing.invite;
                if self.transactions.invite(id).is_some_and(|invite| invite.is_calling()) {
                    self.transactions.forget(id, &mut self.core);
                    self.unanswered(session, Refusal::Unreachable, now);
                }
            }
            Session::Talking(talking) => match &mut talking.exchange {
                OfferAnswer::AwaitAck(wait) => {
                    wait.peer = talking.dialog.way(&self.core.config).peer
                }
                OfferAnswer::First(_)
                | OfferAnswer::Idle
                | OfferAnswer::Asked { .. }
                | OfferAnswer::Ours(_) => {}
            },
            Session::Closing(closing) => {
                let bye = closing.bye;
                self.transactions.forget(bye, &mut self.core);
                self.bye_done(session, bye, None, now);
            }
        }
    }
}
