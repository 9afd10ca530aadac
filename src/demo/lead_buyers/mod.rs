//! Simulated buyers of form leads: web servers on loopback that accept, reject, bid, hang, and answer
//! nonsense, each in the dialect of a platform.
//!
//! The path of a request says what its buyer does: `/boberdoo/rejects/post`,
//! `/leadspedia/bids-12.50/ping`, `/generic/status-503+accepts/post` (first this, then that, and the
//! last from then on).

mod dialect;
mod manner;
mod server;

pub use dialect::Dialect;
pub use manner::Manner;
pub use server::LeadBuyers;
pub use server::Received;

#[cfg(test)]
mod tests;
