//! Sends an INVITE again that was challenged (RFC 3261 §8.1.3.5, §22), or whose session timer is too
//! short for the far end (RFC 4028 §7.3).

use super::Cancel;
use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::expiry::demanded;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::wire::Framing;
use crate::sip::wire::Message;

impl Agent {
    /// Answers a challenge with the credentials of the trunk, if it has any and the challenge came
    /// from the address that was dialled; asks for a longer session timer after a 422 (RFC 4028
    /// §7.3). Returns whether the INVITE was sent again.
    pub(super) fn invite_again(
        &mut self,
        id: ClientId,
        session: LegId,
        reply: Reply<'_>,
        now: Now,
    ) -> bool {
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return false };
        let Some(invite) = self.transactions.invite(id) else { return false };
        let is_challenge = match &mut dialing.auth {
            Some(auth) => auth.take_up(&reply, invite.peer.remote.ip()),
            None => false,
        };
        let longer = demanded(reply.message, dialing.interval).filter(|_| reply.status == 422);
        let is_wanted = dialing.cancel == Cancel::Off && dialing.invite == id;
        if !(is_wanted && (is_challenge || longer.is_some())) {
            return false;
        }
        dialing.interval = longer.unwrap_or(dialing.interval);
        let core = &mut self.core;
        let (peer, branch) = (invite.peer, core.rng.next_u64());
        let uri = request::uri(&invite.request);
        let auth = dialing.auth.as_mut();
        let mut changes =
            auth.map_or_else(Vec::new, |auth| auth.headers("INVITE", uri, &mut core.rng));
        if let Some(longer) = longer {
            changes.extend(request::session_timer(longer, longer));
        }
        let again = request::invite_again(&invite.request, (&peer, branch), &changes, &core.config);
        let Ok(again) = Message::parse(again, Framing::Datagram) else { return false };
        dialing.invite = ClientId { branch, method: ClientMethod::Invite };
        dialing.early.clear();
        self.transactions.send_invite(dialing.invite, session, (peer, again), core, now);
        true
    }
}
