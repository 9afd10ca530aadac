//! Acknowledges a reliable provisional response with PRACK (RFC 3262 §4).

use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::extension::RELIABLE;
use crate::sip::reply::Reply;
use crate::sip::request;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::transaction::Prack;
use crate::sip::transaction::Purpose;
use crate::sip::wire::Message;
use crate::sip::wire::Rack;

/// Order of a reliable provisional response in its early dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the next one.
    Next,
    /// It was acknowledged before, or one before it is missing.
    Other,
}

impl Place {
    /// Compares the number of a response with the one before it, and stores it if it is next.
    pub(super) fn take(latest: &mut Option<u32>, rseq: u32) -> Place {
        match *latest {
            Some(before) if before.checked_add(1) != Some(rseq) => Place::Other,
            Some(_) | None => {
                *latest = Some(rseq);
                Place::Next
            }
        }
    }
}

/// Returns the number of a response that must be acknowledged.
pub(super) fn reliable(response: &Message) -> Option<u32> {
    response.rseq().filter(|_| response.requires(RELIABLE))
}

impl Agent {
    /// Sends PRACK in an early dialog.
    pub(super) fn send_prack(&mut self, session: LegId, tag: &str, rack: Rack, now: Now) {
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&session) else { return };
        let Some(early) = dialing.early(tag) else { return };
        let (config, rng) = (&self.core.config, &mut self.core.rng);
        let id = ClientId { branch: rng.next_u64(), method: ClientMethod::Other };
        early.dialog.count_up();
        let prack = request::prack(&mut early.dialog, rack, id.branch, config, rng);
        let purpose = Purpose::Acknowledge(Box::new(Prack { session, tag: tag.into(), rack }));
        self.transactions.send(id, purpose, prack, &mut self.core, now);
    }

    /// Handles the final response to a PRACK: a challenge is answered. Any other changes nothing,
    /// the INVITE goes on.
    pub(in crate::sip) fn prack_replied(
        &mut self,
        prack: &Prack,
        reply: Option<Reply<'_>>,
        now: Now,
    ) {
        let Some(Session::Dialing(dialing)) = self.sessions.get_mut(&prack.session) else { return };
        let Some(early) = dialing.early(&prack.tag) else { return };
        if reply.is_some_and(|reply| early.dialog.is_challenged(&reply, &self.core.config)) {
            self.send_prack(prack.session, &prack.tag, prack.rack, now);
        }
    }
}
