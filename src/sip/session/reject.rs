//! Rejects an incoming INVITE.

use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::base::RefusalReason;
use crate::sip::Agent;
use crate::sip::Declined;
use crate::sip::response::response;
use crate::sip::transaction::Dismissed;
use crate::sip::transaction::ServerId;
use crate::sip::wire::HeaderName;

impl Agent {
    /// Rejects the INVITE and ends the session.
    pub(in crate::sip) fn reject(
        &mut self,
        session: LegId,
        declined: Declined,
        retry_after: Option<u32>,
        now: Now,
    ) {
        let Some(Session::Offered(offered)) = self.sessions.get(&session) else { return };
        let Declined { status, warning } = declined;
        let status = if (300..=699).contains(&status) { status } else { 500 };
        self.decline(offered.invite, session, Declined { status, warning }, retry_after, now);
        self.remove(session);
    }

    /// Rejects the INVITE and keeps nothing of it: a copy is handled like a new one, and the ACK is
    /// dropped (RFC 3261 §8.2.7).
    pub(in crate::sip) fn dismiss(
        &mut self,
        session: LegId,
        (status, reason): (u16, Option<RefusalReason>),
        retry_after: Option<u32>,
    ) {
        let Some(Session::Offered(offered)) = self.sessions.get(&session) else { return };
        let invite = offered.invite;
        self.remove(session);
        let dismissed = self.transactions.dismiss(invite, &mut self.core);
        let Some(Dismissed { key, request, peer }) = dismissed else { return };
        let tag = self.core.stateless_tag(&(&*key, request.call_id().ok()));
        let tag = format!("{tag:016x}");
        let status = if (300..=699).contains(&status) { status } else { 500 };
        let mut builder = response(&request, &peer, status, &tag);
        if let Some(seconds) = retry_after {
            builder = builder.header(HeaderName::RetryAfter, seconds);
        }
        if let Some(reason) = reason {
            let text = reason.code();
            let why = format_args!("SIP;cause={status};text=\"{text}\"");
            builder = builder.header(HeaderName::Reason, why);
        }
        let refusal = builder.finish();
        self.core.counters.rejected += 1;
        self.core.send(peer, refusal);
    }

    /// Sends a response without a body to a pending request.
    pub(in crate::sip) fn reply(
        &mut self,
        id: ServerId,
        session: LegId,
        status: u16,
        retry_after: Option<u32>,
        now: Now,
    ) {
        self.decline(id, session, Declined::plain(status), retry_after, now);
    }

    /// Sends a final response without a body to a pending request, and says why.
    pub(in crate::sip) fn decline(
        &mut self,
        id: ServerId,
        session: LegId,
        Declined { status, warning }: Declined,
        retry_after: Option<u32>,
        now: Now,
    ) {
        let Some((request, peer)) = self.transactions.pending(id) else { return };
        let tag = session.to_string();
        let mut builder = response(request, &peer, status, &tag);
        if let Some(warning) = warning {
            builder = builder.header(HeaderName::Warning, warning.value());
        }
        if let Some(seconds) = retry_after {
            builder = builder.header(HeaderName::RetryAfter, seconds);
        }
        let reply = builder.finish();
        self.transactions.respond(id, status, reply, &mut self.core, now);
    }
}
