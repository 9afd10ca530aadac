//! Faults that a carrier, or a strict reader of its rules, reports.

use std::time::Duration;

/// A violation of the carrier's rules in a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trap {
    /// Malformed XML, or XML with a document type.
    #[error("not XML: {0}")]
    NotXml(String),
    /// The root is not a bare `<Response>`.
    #[error("the root is `{0}`, not a bare `Response`")]
    Root(String),
    /// The dialect has no such element, or not in this place.
    #[error("no `{element}` in `{parent}`")]
    Element {
        /// The element.
        element: String,
        /// Parent element.
        parent: String,
    },
    /// The element has no such attribute in this dialect.
    #[error("`{element}` has no `{attribute}`")]
    Attribute {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
    },
    /// An invalid value of the attribute.
    #[error("`{element} {attribute}=\"{value}\"`: {wanted} is wanted")]
    Value {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
        /// Its value.
        value: String,
        /// Allowed values.
        wanted: String,
    },
    /// A missing attribute that the carrier would guess.
    #[error("`{element}` needs `{attribute}`")]
    Missing {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// Text where none is allowed, no text where it is required, or too much of it.
    #[error("the text of `{element}`: {wanted}")]
    Text {
        /// The element.
        element: String,
        /// Expected text.
        wanted: &'static str,
    },
    /// `{{` in a dialect with substitution.
    #[error("`{{{{` in `{0}`: the carrier would substitute")]
    Mustache(String),
    /// `Sip` with another noun on SignalWire.
    #[error("`Dial` mixes `Sip` with other nouns")]
    MixedNouns,
    /// Not between one and ten nouns.
    #[error("`Dial` has {0} nouns, 1 to 10 are taken")]
    Nouns(usize),
    /// Nothing follows a `Gather`: without input the call would end, or be accepted.
    #[error("nothing follows `{0}`: silence is not dealt with")]
    GatherIsLast(String),
    /// A verb that is not allowed in a whisper: only speak, play, ask and hang up are.
    #[error("`{0}` in a document for the dialled leg")]
    InWhisper(String),
    /// `Reject` after the call was answered.
    #[error("`Reject` after the call was answered")]
    LateReject,
}

/// A fault between the carrier and the URLs it requests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No connection, or not HTTP.
    #[error("{url}: {cause}")]
    Unreachable {
        /// The URL.
        url: String,
        /// Error of the operating system.
        cause: String,
    },
    /// A URL outside the site under test.
    #[error("{0} is not on the site")]
    Elsewhere(String),
    /// Slower than the carrier's timeout.
    #[error("{url}: no answer within {limit:?}")]
    Slow {
        /// The URL.
        url: String,
        /// Timeout of the carrier.
        limit: Duration,
    },
    /// A status other than 200; for a callback, other than 2xx.
    #[error("{url} answered {status}")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// The content type is not XML, or not that of a sound.
    #[error("{url} answered with the type `{found}`")]
    ContentType {
        /// The URL.
        url: String,
        /// The header.
        found: String,
    },
    /// Not UTF-8.
    #[error("{0}: not UTF-8")]
    NotUtf8(String),
    /// Larger than the carrier accepts.
    #[error("{url} answered with {bytes} bytes")]
    TooLarge {
        /// The URL.
        url: String,
        /// Size in bytes.
        bytes: usize,
    },
    /// A document with a trap.
    #[error("{url}, line {line}: {trap}")]
    Document {
        /// The URL.
        url: String,
        /// Line, from 1.
        line: u32,
        /// The trap.
        trap: Trap,
    },
    /// A repeated request got a different answer.
    #[error("{url} answered the same request first with {first:?}, then with {second:?}")]
    Differs {
        /// The URL.
        url: String,
        /// First status and body.
        first: String,
        /// Second status and body.
        second: String,
    },
    /// A request with a wrong signature was not rejected with 403.
    #[error("{url} answered a forged request with {status}")]
    Forged {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// The call did not end.
    #[error("the call does not end: {0}")]
    Endless(&'static str),
}
