//! Placing a call: what the book, the flows and the arrival make of it, before anything is done.
//! One function for SIP calls, calls at webhook carriers and simulated ones.

#![deny(clippy::wildcard_enum_match_arm)]

mod arrival;
mod opened;
mod place;
mod refusal;
mod sender;
#[cfg(test)]
mod tests;

pub use arrival::Arrival;
pub use opened::Opened;
pub use opened::reopen;
pub use place::Placed;
pub use place::place;
pub use refusal::Refusal;
pub use sender::sender;
