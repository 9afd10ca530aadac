//! One call that a webhook carrier holds: the carrier asks what to do next, and gets a document.
//!
//! [`Call`] is the machine, told what the carrier says and asked for a [`Document`]; it plays the
//! caller through the same `flow::Driver` and `sale::Machine` as a SIP call. Its state is nowhere
//! but in its journal: [`replay`] plays a journal's lines back into a new machine, on whichever node
//! they are read.
//!
//! [`Document`]: super::Document

mod address;
mod asking;
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
pub use machine::LOOKUP_MAX;
pub use machine::Setup;
pub use message::Input;
pub use message::Output;
pub use message::Swept;

#[cfg(test)]
mod tests;
