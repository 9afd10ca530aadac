//! The node's own durable log of facts. What happens to SIP calls goes here first; from here it is
//! applied to the store in order, and once.
//!
//! A call waits for this log only, never for the store: a store that is locked, slow, full or away
//! delays nothing but what is read there. The log is bounded; its last quarter is kept for the calls
//! that live.
//!
//! The file belongs to one process. One thread writes it ([`writer`]), one task applies it
//! ([`Applier`]), and a fact is deleted when the store has it.

mod applier;
mod backoff;
mod door;
mod error;
mod line;
mod log;
mod recall;
mod state;
mod waiting;
mod writer;

#[cfg(test)]
mod tests;

pub use applier::Applier;
pub use applier::ApplyError;
pub use door::Figures;
pub use door::Journal;
pub use door::Place;
pub use door::Room;
pub use error::JournalError;
pub use recall::RecallError;
