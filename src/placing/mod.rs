//! Placing a call: finds its number, flow and fields from the book, the flows and the arrival,
//! before any action. SIP calls, calls at webhook carriers and simulated calls share one function.

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
