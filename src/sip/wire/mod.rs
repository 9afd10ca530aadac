//! SIP messages on the wire: parsing and writing them (RFC 3261 §7, §18.3, §19, §20, §25).
//!
//! [`Message::parse`] finds the lines and the body of one message and indexes them; it copies
//! nothing and parses no value. A value is parsed on access ([`Message::cseq`],
//! [`Message::top_via`], …). [`Message::validate`] parses everything that a transaction or a dialog
//! needs. The received bytes are kept unchanged: [`Builder`] copies header values into responses
//! exactly as they were sent.
//!
//! A received message goes through [`StreamFramer`] (TCP only) → [`Message::parse`] → if that
//! rejects it, [`Message::salvage`] and a response with [`ParseError::status`] and
//! [`ParseError::phrase`] → [`Message::validate`], and the same response if that rejects it.

mod bounds;
mod builder;
mod error;
mod framer;
mod framing;
mod header;
mod line;
mod list;
mod message;
mod method;
mod name_addr;
mod param;
mod parse;
mod partly;
mod status;
mod typed;
mod uri;
mod validate;
mod via;

pub use bounds::HEADERS_MAX;
pub use bounds::LINE_MAX;
pub use bounds::MESSAGE_MAX;
pub use bounds::VIAS_MAX;
pub use builder::Builder;
pub use error::ParseError;
pub use framer::FrameError;
pub use framer::StreamFramer;
pub use framing::Framing;
pub use header::HeaderName;
pub(crate) use list::Elements;
pub use message::Message;
pub use message::Start;
pub use method::Method;
pub(crate) use method::is_token;
pub use name_addr::NameAddr;
pub use param::Params;
pub use status::reason_phrase;
pub use typed::Rack;
pub use uri::InvalidUri;
pub use uri::Scheme;
pub use uri::Uri;
pub use via::Via;
