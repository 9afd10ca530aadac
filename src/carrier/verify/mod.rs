//! Signatures: whether a request comes from its carrier.

mod form;
mod plivo;
mod secret;
mod signalwire;
mod telnyx;
#[cfg(test)]
mod tests;
mod twilio;

pub use secret::InvalidSecret;
pub use secret::Secret;

use crate::base::Wall;

use secret::Key;

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET: parameters in the query.
    Get,
    /// POST: parameters in the body.
    Post,
}

/// A request as it came, with the URL that the carrier asked.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// Its method.
    pub method: Method,
    /// The public URL, with the query as it was sent; never what a proxy made of it.
    pub url: &'a str,
    /// The value of a header by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The value of `Content-Type`, or an empty text.
    pub content_type: &'a str,
}

/// Why a request is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// A header that a signature needs is missing or unreadable.
    #[error("the header `{0}` is missing or unreadable")]
    Missing(&'static str),
    /// The signature is not the carrier's, or not for this request.
    #[error("the signature does not fit the request")]
    Mismatch,
    /// It was signed too long ago, or in the future.
    #[error("signed {0} s from now, more than {max} s", max = telnyx::TOLERANCE_SECONDS)]
    Stale(u64),
    /// The carrier's signature covers nothing of such a request.
    #[error("the carrier's signature covers no such request: set the webhook to POST")]
    Uncovered,
}

/// Checks the signature of a request; comparisons take the same time wherever they fail.
///
/// # Errors
/// Why the request is not believed.
pub fn verify(secret: &Secret, received: &Received<'_>, now: Wall) -> Result<(), Forged> {
    match &secret.0 {
        Key::Twilio(key) => twilio::verify(key, received),
        Key::SignalWire(keys) => signalwire::verify(keys, received),
        Key::Telnyx(key) => telnyx::verify(key, received, now),
        Key::Plivo(key) => plivo::verify(key, received),
    }
}
