//! Ends sessions.

use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;

impl Agent {
    /// Ends a session with its terminal event. Answers pending requests of the far end with 487
    /// (RFC 3261 §15.1.2).
    pub(in crate::sip) fn end(&mut self, session: LegId, event: Event, now: Now) {
        let Some(known) = self.sessions.get_mut(&session) else { return };
        let mut open = known.asked();
        if let Session::Offered(offered) = known {
            open.push(offered.invite);
        }
        for request in open {
            self.reply(request, session, 487, None, now);
        }
        self.remove(session);
        self.core.report(event);
    }

    /// Removes a session from the table. It reports no further event.
    pub(super) fn remove(&mut self, session: LegId) {
        self.core.timers.stop_session(session);
        if let Some(mut ended) = self.sessions.remove(&session)
            && let Some(connection) = *ended.connection()
        {
            self.carried.remove(&(connection, session));
        }
    }
}
