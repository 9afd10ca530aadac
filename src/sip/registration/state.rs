//! State of a registration.

use std::time::Duration;

use crate::base::TrunkId;
use crate::sip::Peer;
use crate::sip::digest::Authorizer;
use crate::sip::transaction::ClientId;
use crate::sip::wire::Uri;

/// Most registrations of an agent.
pub(in crate::sip) const REGISTRATIONS_MAX: usize = 1_000;

/// Id of a registration, chosen by its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub u64);

/// A REGISTER to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Registration that it begins, renews, or ends. All its requests have one Call-ID.
    pub id: RegistrationId,
    /// Trunk whose calls come to the contact, and whose credentials answer challenges.
    pub trunk: TrunkId,
    /// Address of the registrar.
    pub peer: Peer,
    /// Request-URI: the domain of the registrar, without a user.
    pub registrar: Uri,
    /// Address of record: `sip:user@domain`.
    pub account: Uri,
    /// User part of our Contact.
    pub contact: String,
    /// Time that is asked for, in whole seconds; zero ends the registration.
    pub expires: Duration,
}

/// What became of a REGISTER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrationOutcome {
    /// The registrar has the contact for this time; zero after the end of the registration.
    Bound(Duration),
    /// A final response of 300 or above, and its Retry-After.
    Refused(u16, Option<Duration>),
    /// No response, or the registrar could not be reached.
    Unanswered,
}

/// A registration that the agent keeps.
#[derive(Debug)]
pub(in crate::sip) struct Registration {
    pub(in crate::sip) register: Register,
    pub(super) call_id: Box<str>,
    pub(super) tag: u64,
    pub(super) seq: u32,
    pub(super) auth: Option<Authorizer>,
    /// The request that has no final response yet.
    pub(super) pending: Option<ClientId>,
}

impl Registration {
    /// Returns whether a user part is that of our Contact.
    pub(in crate::sip) fn is_contact(&self, user: &str) -> bool {
        self.register.contact == user
    }
}
