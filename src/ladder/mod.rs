//! The SIP messages of each call, as a ladder: taken where the endpoint sends and receives, without
//! secrets before they are written, and shown as text, SVG, PCAP, or JSON.
//!
//! [`Capture`] collects the messages of calls and hands them out in parts. [`Part::stored`] removes
//! what nobody may read and packs the rest. [`Ladder::read`] puts the parts of a call together.

#![deny(clippy::wildcard_enum_match_arm)]

mod absent;
mod bounds;
mod capture;
mod columns;
mod hide;
mod mask;
mod message;
mod part;
mod pcap;
mod redact;
mod scan;
mod strays;
mod summary;
mod svg;
mod text;
mod whole;

pub use absent::NoLadder;
pub use bounds::ENDING_MESSAGES_MAX;
pub use bounds::LADDER_BYTES_MAX;
pub use bounds::LADDER_MESSAGES_MAX;
pub use bounds::WAITING_BYTES_MAX;
pub use capture::Capture;
pub use message::LadderMessage;
pub use message::Way;
pub use part::LadderPart;
pub use part::Part;
pub use part::UnreadablePart;
pub use whole::Ladder;

#[cfg(test)]
pub(crate) mod sample;
