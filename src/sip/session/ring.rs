//! Sends provisional responses to the caller.

use bytes::Bytes;

use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::base::Prack;
use crate::sip::Agent;
use crate::sip::response::dialog_response;
use crate::sip::response::with_sdp;

impl Agent {
    /// Sends a provisional response to an incoming INVITE: reliably where the caller asks for it.
    pub(in crate::sip) fn ring(
        &mut self,
        session: LegId,
        status: u16,
        (body, prack): (Option<&Bytes>, Prack),
        now: Now,
    ) {
        let status = if (180..=183).contains(&status) { status } else { 180 };
        if self.ring_reliably(session, status, (body, prack), now) {
            return;
        }
        let Some(Session::Offered(offered)) = self.sessions.get(&session) else { return };
        let Some((invite, peer)) = self.transactions.pending(offered.invite) else { return };
        let tag = session.to_string();
        let builder = dialog_response(invite, &peer, status, &tag, &self.core.config);
        let ringing = with_sdp(builder, body.map_or(&[][..], |body| body));
        self.transactions.respond(offered.invite, status, ringing, &mut self.core, now);
    }
}
