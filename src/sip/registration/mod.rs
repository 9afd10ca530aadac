//! Registrations with the registrars of carriers (RFC 3261 §10.2): each a file of one verb, a method
//! of the [`super::Agent`].

mod register;
mod renew;
mod state;

pub use state::Register;
pub use state::RegistrationId;
pub use state::RegistrationOutcome;

pub(super) use state::REGISTRATIONS_MAX;
pub(super) use state::Registration;
