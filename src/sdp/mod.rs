//! Session descriptions: offer and answer for one audio stream, plain or secure, with telephone
//! events (RFC 8866, RFC 3264, RFC 4733, RFC 4568).
//!
//! A far end's description becomes [`Media`]: address, codec and payload types. Everything else in
//! it is ignored; an answer rejects further streams with port 0, in their order.

mod accept;
mod answer;
mod bounds;
mod crypto;
mod direction;
mod error;
mod media;
mod offer;
mod payload;
mod read;
mod remote;
mod secrecy;
#[cfg(test)]
mod tests;

pub use accept::accept;
pub use answer::answer;
pub use bounds::DESCRIPTION_MAX;
pub use bounds::STREAMS_MAX;
pub use direction::Direction;
pub use error::SdpError;
pub use media::Local;
pub use media::Media;
pub use offer::offer;
pub use offer::offer_with;
pub use secrecy::Secrecy;
