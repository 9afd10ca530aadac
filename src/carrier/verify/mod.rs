//! Verifies by its signature that a request comes from the carrier.

mod form;
mod plivo;
mod received;
mod secret;
mod signalwire;
mod telnyx;
#[cfg(test)]
mod tests;
mod twilio;

pub use received::Forged;
pub use received::Method;
pub use received::Received;
pub use secret::InvalidSecret;
pub use secret::Secret;

use crate::base::Wall;

use secret::Key;

/// Verifies the signature of a request, with comparisons in constant time.
///
/// # Errors
/// Why the signature is not valid.
pub fn verify(secret: &Secret, received: &Received<'_>, now: Wall) -> Result<(), Forged> {
    match &secret.0 {
        Key::Twilio(key) => twilio::verify(key, received),
        Key::SignalWire(keys) => signalwire::verify(keys, received),
        Key::Telnyx(key) => telnyx::verify(key, received, now),
        Key::Plivo(key) => plivo::verify(key, received),
    }
}
