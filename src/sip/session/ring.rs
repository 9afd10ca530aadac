//! Sends provisional responses to the caller.

use bytes::Bytes;

use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::response::dialog_response;

impl Agent {
    /// Sends a provisional response to an incoming INVITE.
    pub(in crate::sip) fn ring(
        &mut self,
        session: LegId,
        status: u16,
        body: Option<&Bytes>,
        now: Now,
    ) {
        let Some(Session::Offered(offered)) = self.sessions.get(&session) else { return };
        let Some((invite, peer)) = self.transactions.pending(offered.invite) else { return };
        let status = if (180..=183).contains(&status) { status } else { 180 };
        let body = body.map_or(&[][..], |body| body);
        let tag = session.to_string();
        let ringing = dialog_response(invite, &peer, status, &tag, body, &self.core.config);
        self.transactions.respond(offered.invite, status, ringing, &mut self.core, now);
    }
}
