//! Sends REGISTER.

use std::time::Duration;

use super::REGISTRATIONS_MAX;
use super::Register;
use super::Registration;
use super::RegistrationId;
use super::RegistrationOutcome;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::request;
use crate::sip::session::first_seq;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ClientMethod;
use crate::sip::transaction::Purpose;

impl Agent {
    /// Begins, renews, or ends a registration. Beyond [`REGISTRATIONS_MAX`] it is refused with 503.
    pub(in crate::sip) fn register(&mut self, register: Register, now: Now) {
        let id = register.id;
        let is_new = !self.registrations.contains_key(&id);
        if is_new && self.registrations.len() >= REGISTRATIONS_MAX {
            return self.core.registered(id, RegistrationOutcome::Refused(503, None));
        }
        let auth = self.guard.authorizer(Some(&register.trunk));
        let rng = &mut self.core.rng;
        let known = self.registrations.remove(&id);
        let registration = match known {
            Some(known) => {
                if let Some(pending) = known.pending {
                    self.transactions.forget(pending, &mut self.core);
                }
                let auth = known.auth.map(|auth| auth.renewed()).or(auth);
                Registration { register, auth, pending: None, ..known }
            }
            None => Registration {
                register,
                call_id: format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()).into(),
                tag: rng.next_u64(),
                seq: first_seq(rng),
                auth,
                pending: None,
            },
        };
        self.registrations.insert(id, registration);
        self.send_register(id, now);
    }

    /// Sends the next REGISTER of a registration.
    pub(super) fn send_register(&mut self, id: RegistrationId, now: Now) {
        let Some(registration) = self.registrations.get_mut(&id) else { return };
        let core = &mut self.core;
        registration.seq += 1;
        let client = ClientId { branch: core.rng.next_u64(), method: ClientMethod::Other };
        registration.pending = Some(client);
        let Registration { register, call_id, tag, seq, auth, .. } = registration;
        let uri = register.registrar.to_string();
        let answers = auth.as_mut().map(|auth| auth.headers("REGISTER", &uri, &mut core.rng));
        let marks = request::OwnMarks { branch: client.branch, call_id, tag: *tag, seq: *seq };
        let bytes = request::register(register, &marks, &answers.unwrap_or_default(), &core.config);
        let (purpose, peer) = (Purpose::Register(id), register.peer);
        self.transactions.send(client, purpose, (peer, bytes), core, now);
    }

    /// Ends a registration for its owner, or keeps it for its renewal.
    pub(super) fn settle_register(&mut self, id: RegistrationId, outcome: RegistrationOutcome) {
        if let Some(registration) = self.registrations.get_mut(&id) {
            registration.pending = None;
            // A contact that is not with the registrar brings no calls.
            if registration.register.expires == Duration::ZERO {
                self.registrations.remove(&id);
            }
        }
        self.core.registered(id, outcome);
    }
}
