//! The node's durable log of facts. Events of SIP calls are written here first, then applied to the
//! store in order and exactly once.
//!
//! A call waits only for this log, never for the store: a store that is locked, slow, full or
//! unreachable delays only its readers. The log is bounded; its last quarter is reserved for live
//! calls.
//!
//! The file belongs to one process. One thread writes it ([`writer`]), one task applies it
//! ([`Applier`]), and a fact is deleted once the store has it.

mod applier;
mod copy;
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
pub use copy::CopiedFact;
pub use copy::JournalCopy;
pub use door::Figures;
pub use door::Journal;
pub use door::Place;
pub use door::Room;
pub use error::JournalError;
pub use recall::RecallError;
