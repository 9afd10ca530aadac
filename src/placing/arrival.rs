//! A call that has just come.

use crate::base::Phone;
use crate::book::Attestation;
use crate::call::Ingress;
use crate::carrier::Request;
use crate::sip::Incoming;

/// What is known of a call that has just come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it comes from.
    pub ingress: Ingress,
    /// What was dialled, as the carrier writes it. Of several, the first that is a number counts.
    pub called: Vec<String>,
    /// The caller's number; `None` when it is withheld or none.
    pub caller: Option<Phone>,
    /// What the caller's carrier vouches for, when that was verified.
    pub attestation: Option<Attestation>,
}

impl Arrival {
    /// The arrival of an INVITE.
    pub fn of_invite(incoming: &Incoming) -> Self {
        Self {
            ingress: Ingress::Trunk(incoming.trunk.clone()),
            called: vec![incoming.called().to_owned()],
            caller: incoming.caller().cloned(),
            attestation: None,
        }
    }

    /// The arrival of a webhook carrier's first request. `path` is the number that the address
    /// names which the carrier asked; it goes before the one that the request names.
    pub fn of_request(request: &Request, path: Option<&str>) -> Self {
        let to = request.to.as_ref().map(Phone::e164);
        Self {
            ingress: Ingress::Webhook(request.carrier),
            called: path.into_iter().chain(to).map(str::to_owned).collect(),
            caller: request.from.clone(),
            attestation: request.attestation,
        }
    }
}
