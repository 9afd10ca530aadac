//! Opens the session of a new incoming call.

use super::OfferAnswer;
use super::Offered;
use super::Offerer;
use super::Session;
use super::first_seq;
use super::provisional::Reliable;
use crate::base::LegId;
use crate::base::Now;
use crate::base::TrunkId;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::Incoming;
use crate::sip::Sources;
use crate::sip::body::sdp;
use crate::sip::dialog::Dialog;
use crate::sip::incoming::Dialled;
use crate::sip::receive::Arrival;
use crate::sip::registration::Registration;
use crate::sip::transaction::MergeKey;
use crate::sip::wire::Message;
use crate::sip::wire::ParseError;

impl Agent {
    /// Opens a session for a checked INVITE. Returns an error if the INVITE cannot create a dialog.
    pub(in crate::sip) fn invited(
        &mut self,
        arrival: Arrival,
        trunk: TrunkId,
        marks: MergeKey,
        now: Now,
    ) -> Result<(), (Box<Arrival>, ParseError)> {
        let session = self.fresh_session();
        let Arrival { origin, reply, key, request } = arrival;
        let seq = first_seq(&mut self.core.rng);
        let (trunk, dialled) = self.trunk_of(trunk, &request);
        let sources = Sources::of_trunk(trunk.clone());
        let dialog = match Dialog::incoming(&request, session, (origin, sources), seq) {
            Ok(dialog) => dialog,
            Err(error) => return Err((Box::new(Arrival { origin, reply, key, request }), error)),
        };
        let exchange = OfferAnswer::First(Offerer::of(sdp(&request).as_ref()));
        let incoming = Incoming::new(session, origin, (trunk, dialled), request.clone());
        let request = (reply, request);
        let core = &mut self.core;
        let invite = self.transactions.open_first_invite((key, marks), session, request, core, now);
        let offered = Offered { invite, dialog, exchange, reliable: Reliable::default() };
        self.sessions.insert(session, Session::Offered(Box::new(offered)));
        self.carry(session, origin.peer.connection);
        self.core.report(Event::Incoming(Box::new(incoming)));
        Ok(())
    }

    /// Returns the trunk of an INVITE, and where it has the dialled number. Several accounts at one
    /// registrar differ by the Contact that each has registered.
    fn trunk_of(&self, trunk: TrunkId, request: &Message) -> (TrunkId, Dialled) {
        let target = request.request_uri().ok();
        let user = target.as_ref().and_then(|target| target.user()).unwrap_or_default();
        let home = self.registrations.values().find(|own| own.register.trunk == trunk);
        let is_ours = |own: &&Registration| {
            let address = home.map(|home| home.register.peer.remote.ip());
            own.is_contact(user) && address == Some(own.register.peer.remote.ip())
        };
        match self.registrations.values().find(is_ours) {
            Some(own) => (own.register.trunk.clone(), Dialled::To),
            None => (trunk, Dialled::Target),
        }
    }

    fn fresh_session(&mut self) -> LegId {
        loop {
            let session = LegId::random(&mut self.core.rng);
            if !self.sessions.contains_key(&session) {
                return session;
            }
        }
    }
}
