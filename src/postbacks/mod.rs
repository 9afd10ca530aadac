//! Sends the events of the outbox to their recipients, and sold leads to the buyers who get them after
//! the sale: each at least once, for a day.
//!
//! [`run`] plans the deliveries of new events by the live book, makes those that are due, and
//! stores what came of them. What it has not stored when the program ends, it does again. The rules
//! are in [`outbox`](crate::outbox).

mod deliver;
mod figures;
mod send;

#[cfg(test)]
mod tests;

pub use deliver::Deliverer;
pub use deliver::run;
pub use figures::Figures;
pub use send::ANSWER_BYTES_MAX;
pub use send::ATTEMPT_MAX;
pub use send::Keys;
pub use send::Sender;
