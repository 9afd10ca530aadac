//! Who is never routed: phone numbers and e-mail addresses on suppression lists.
//!
//! A [`Contact`] has one form however it was written. A database holds its [`Digest`] only, made
//! with the installation's [`SuppressionKey`]. A list [applies](Applies) to everything, or to one
//! offer or source.

#![deny(clippy::wildcard_enum_match_arm)]

mod applies;
mod contact;
mod digest;
mod email;
mod invalid;
mod line;
mod listed;

pub use applies::Applies;
pub use applies::InvalidApplies;
pub use contact::Contact;
pub use digest::Digest;
pub use digest::SuppressionKey;
pub use email::Email;
pub use invalid::InvalidContact;
pub use line::LINE_BYTES_MAX;
pub use line::LineFault;
pub use line::Lines;
pub use listed::Listed;
pub use listed::REASON_CHARS_MAX;
pub use listed::first_applying;
pub use listed::reason_of;
