//! Webhook carriers: their requests, the documents that answer them, and their signatures.
//!
//! [`read`] converts a carrier's parameters to a [`Request`]; [`Document::print`] writes the answer
//! in the carrier's dialect (TwiML, TeXML, cXML, Plivo XML); [`verify`] checks the carrier's
//! signature; [`shortcomings`] returns what a carrier cannot do of a flow. `docs/carriers/`
//! describes how to set up each carrier.

#![deny(clippy::wildcard_enum_match_arm)]

mod call;
mod document;
mod name;
mod print;
mod read;
mod request;
#[cfg(test)]
mod sample;
mod shortcomings;
mod verify;

pub use crate::base::Carrier;
pub use call::Addresses;
pub use call::BidIn;
pub use call::Call;
pub use call::Callback;
pub use call::Diverged;
pub use call::Format;
pub use call::Input;
pub use call::JournalLine;
pub use call::LINES_MAX;
pub use call::Output;
pub use call::Question;
pub use call::Reply;
pub use call::Setup;
pub use call::Source;
pub use call::Swept;
pub use call::Token;
pub use call::UnknownFormat;
pub use call::Unplayable;
pub use call::World;
pub use call::replay;
pub use document::BargeIn;
pub use document::Beep;
pub use document::CallerAnswer;
pub use document::Confirm;
pub use document::Dial;
pub use document::Document;
pub use document::Gather;
pub use document::Noun;
pub use document::Prompt;
pub use document::Record;
pub use document::Rejection;
pub use document::Ring;
pub use document::Silence;
pub use document::Target;
pub use document::Verb;
pub use name::NOUNS_MAX;
pub(crate) use read::LASTS_MAX;
pub use read::read;
pub use request::AnsweredBy;
pub use request::Bridged;
pub use request::CallState;
pub use request::CarrierCallId;
pub use request::DialResult;
pub use request::DialStatus;
pub use request::Recording;
pub use request::Request;
pub use request::RequestError;
pub use shortcomings::shortcomings;
pub use verify::Forged;
pub use verify::InvalidSecret;
pub use verify::Method;
pub use verify::Received;
pub use verify::Secret;
pub use verify::verify;
