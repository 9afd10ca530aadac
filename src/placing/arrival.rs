//! A call that has just arrived.

use crate::base::Phone;
use crate::book::Attestation;
use crate::call::Ingress;
use crate::carrier::Request;
use crate::sip::Incoming;

/// What is known about a call that has just arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Origin of the call.
    pub ingress: Ingress,
    /// Dialed numbers as the carrier writes them. The first valid number counts.
    pub called: Vec<String>,
    /// Caller's number; `None` if it is withheld or not a number.
    pub caller: Option<Phone>,
    /// Verified attestation of the caller's carrier.
    pub attestation: Option<Attestation>,
}

impl Arrival {
    /// Returns the arrival of an INVITE.
    pub fn of_invite(incoming: &Incoming) -> Self {
        Self {
            ingress: Ingress::Trunk(incoming.trunk.clone()),
            called: vec![incoming.called().to_owned()],
            caller: incoming.caller().cloned(),
            attestation: None,
        }
    }

    /// Returns the arrival of a webhook carrier's first request. `path` is the number in the
    /// requested address; it takes precedence over the number in the request.
    pub fn of_request(request: &Request, path: Option<&str>) -> Self {
        Self {
            ingress: Ingress::Webhook(request.carrier),
            called: path.into_iter().map(str::to_owned).chain(request.called.clone()).collect(),
            caller: request.from.clone(),
            attestation: request.attestation,
        }
    }
}
