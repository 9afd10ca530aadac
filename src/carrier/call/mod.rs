//! One call at a webhook carrier: the carrier requests what to do next and gets a document.
//!
//! [`Call`] is the machine: it takes the carrier's requests and returns a [`Document`]. It runs the
//! same `flow::Driver` and `sale::Machine` as a SIP call. The journal holds its whole state:
//! [`replay`] rebuilds the machine from the journal's lines on any node.
//!
//! [`Document`]: super::Document

mod address;
mod asking;
mod bidding;
mod dialled;
mod ending;
mod callback;
mod fixed;
mod fixed_leg;
mod journal;
mod leg;
mod legs;
mod machine;
mod message;
mod ringing;
mod selling;

pub use address::Addresses;
pub use callback::Callback;
pub use callback::Token;
pub use journal::Diverged;
pub use journal::Format;
pub use journal::JournalLine;
pub use journal::Question;
pub use journal::Reply;
pub use journal::Source;
pub use journal::UnknownFormat;
pub use journal::Unplayable;
pub use journal::World;
pub use journal::replay;
pub use machine::Call;
pub use machine::LINES_MAX;
pub use machine::Setup;
pub use message::BidIn;
pub use message::Input;
pub use message::Output;
pub use message::Swept;

#[cfg(test)]
mod tests;
