//! Asks a far end within its dialog whether it is still there (OPTIONS, RFC 3261 §11, §12.2).

use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::transaction::Purpose;

impl Agent {
    /// Sends OPTIONS, unless an earlier one has no answer yet.
    pub(in crate::sip) fn probe(&mut self, session: LegId, now: Now) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        if talking.probe.is_some() {
            return;
        }
        talking.dialog.count_up();
        let id = ClientId { branch: self.core.rng.next_u64(), method: ClientMethod::Other };
        talking.probe = Some(id);
        let (config, rng) = (&self.core.config, &mut self.core.rng);
        let options = request::options(&mut talking.dialog, id.branch, config, rng);
        self.transactions.send(id, Purpose::Probe(session), options, &mut self.core, now);
    }

    /// Handles the final response to an OPTIONS, or its timeout after 64·T1 (`None`). 408 and 481
    /// end the dialog (RFC 3261 §12.2.1.2); any other response shows that the far end is there.
    pub(in crate::sip) fn probed(
        &mut self,
        session: LegId,
        id: ClientId,
        reply: Option<Reply<'_>>,
        now: Now,
    ) {
        let Some(Session::Talking(talking)) = self.sessions.get_mut(&session) else { return };
        if talking.probe != Some(id) {
            return;
        }
        talking.probe = None;
        match reply.map(|reply| reply.status) {
            None | Some(408 | 481) => self.lose(session, None, now),
            Some(_) => self.core.report(Event::Alive { session }),
        }
    }
}
