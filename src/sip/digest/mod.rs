//! Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760), as client and as server.

mod account;
mod algorithm;
mod challenge;
mod client;
mod credentials;
mod fields;
mod guard;
mod nonce;

pub use account::Account;
pub use account::Accounts;
pub use algorithm::Algorithm;
pub use credentials::Credentials;

pub(super) use client::Authorizer;
pub(super) use guard::Guard;
#[cfg(test)]
pub(super) use guard::NONCE_LIFE;
#[cfg(test)]
pub(super) use guard::NONCES_MAX;
pub(super) use guard::Verdict;
