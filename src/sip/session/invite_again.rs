//! Sends an INVITE again that was challenged (RFC 3261 §8.1.3.5, §22).

use super::Cancel;
use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::wire::Framing;
use crate::sip::wire::Message;

impl Agent {
    /// Answers a challenge with the credentials of the trunk, if it has any and the challenge came
    /// from the address that was dialled. Returns whether the INVITE was sent again.
    pub(super) fn invite_again(
        &mut self,
        id: ClientId,
        session: LegId,
        reply: Reply<'_>,
        now: Now,
    ) -> bool {
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return false };
        let (Some(auth), Some(invite)) = (&mut dialing.auth, self.transactions.invite(id)) else {
            return false;
        };
        let is_wanted = dialing.cancel == Cancel::Off && dialing.invite == id;
        if !(is_wanted && auth.take_up(&reply, invite.peer.remote.ip())) {
            return false;
        }
        let core = &mut self.core;
        let (peer, branch) = (invite.peer, core.rng.next_u64());
        let answers = auth.headers("INVITE", request::uri(&invite.request), &mut core.rng);
        let again = request::invite_again(&invite.request, (&peer, branch), &answers, &core.config);
        let Ok(again) = Message::parse(again, Framing::Datagram) else { return false };
        dialing.invite = ClientId { branch, method: ClientMethod::Invite };
        dialing.early.clear();
        self.transactions.send_invite(dialing.invite, session, (peer, again), core, now);
        true
    }
}
