//! STIR/SHAKEN: which carrier vouches for a caller's number, and how far (RFC 8224, RFC 8225, RFC
//! 8588, ATIS-1000074).
//!
//! An `Identity` header of an INVITE has a passport, which the carrier's certificate signs. Nothing
//! is fetched while a call waits: a certificate that is not known yet is fetched for the calls after
//! it.

#![deny(clippy::wildcard_enum_match_arm)]

mod authorities;
mod chain;
mod fault;
mod identity;
mod known;
mod passport;
#[cfg(test)]
pub(crate) mod sample;
mod verify;

pub use authorities::Authorities;
pub use chain::CHAIN_BYTES_MAX;
pub use chain::Chain;
pub use fault::Fault;
pub use identity::Identity;
pub use known::CERTIFICATES_MAX;
pub use known::FETCHES_MAX;
pub use known::Fetch;
pub use known::KnownCertificates;
pub use known::Look;
pub use known::NEW_PER_MINUTE;
pub use passport::Passport;
pub use verify::Claim;
pub use verify::Verdict;
pub use verify::verify;
