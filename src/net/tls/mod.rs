//! TLS with certificates from files, which are read again when they change.

mod certificates;
mod handshake;
#[cfg(test)]
pub(in crate::net) mod sample;
mod validity;

pub use certificates::CertificateFault;
pub use certificates::EXPIRES_SOON;
pub use certificates::Kept;
pub use certificates::Tls;
pub(in crate::net) use handshake::HandshakeError;
pub use validity::Validity;
