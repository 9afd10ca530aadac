//! What a carrier, or a strict reader of its rules, objects to.

use std::time::Duration;

/// A trap that a document stepped into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trap {
    /// Not well-formed XML, or with a document type.
    #[error("not XML: {0}")]
    NotXml(String),
    /// The root is not a bare `<Response>`.
    #[error("the root is `{0}`, not a bare `Response`")]
    Root(String),
    /// The dialect has no such element, or not there.
    #[error("no `{element}` in `{parent}`")]
    Element {
        /// The element.
        element: String,
        /// Where it stands.
        parent: String,
    },
    /// The dialect's element has no such attribute.
    #[error("`{element}` has no `{attribute}`")]
    Attribute {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
    },
    /// A value that the attribute does not take.
    #[error("`{element} {attribute}=\"{value}\"`: {wanted} is wanted")]
    Value {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
        /// What it was set to.
        value: String,
        /// What it takes.
        wanted: String,
    },
    /// An attribute without which the carrier guesses.
    #[error("`{element}` needs `{attribute}`")]
    Missing {
        /// The element.
        element: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// Text where there is none, none where there is some, or too much of it.
    #[error("the text of `{element}`: {wanted}")]
    Text {
        /// The element.
        element: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// `{{` in a dialect that substitutes.
    #[error("`{{{{` in `{0}`: the carrier would substitute")]
    Mustache(String),
    /// `Sip` beside another noun on SignalWire.
    #[error("`Dial` mixes `Sip` with other nouns")]
    MixedNouns,
    /// Not one to ten nouns.
    #[error("`Dial` has {0} nouns, 1 to 10 are taken")]
    Nouns(usize),
    /// Nothing follows a `Gather`: silence would end the call, or accept it.
    #[error("nothing follows `{0}`: silence is not dealt with")]
    GatherIsLast(String),
    /// A whisper may only speak, play, ask and hang up.
    #[error("`{0}` in a document for the dialled leg")]
    InWhisper(String),
    /// `Reject` when the call was answered long ago.
    #[error("`Reject` after the call was answered")]
    LateReject,
}

/// What went wrong between the carrier and the URLs that it asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No connection, or no HTTP.
    #[error("{url}: {cause}")]
    Unreachable {
        /// Which URL.
        url: String,
        /// What the system said.
        cause: String,
    },
    /// A URL elsewhere than on the site under test.
    #[error("{0} is not on the site")]
    Elsewhere(String),
    /// Slower than the carrier waits.
    #[error("{url}: no answer within {limit:?}")]
    Slow {
        /// Which URL.
        url: String,
        /// How long the carrier waits.
        limit: Duration,
    },
    /// Not 200; of a callback, not 2xx.
    #[error("{url} answered {status}")]
    Status {
        /// Which URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// Not XML by its type, or not a sound.
    #[error("{url} answered with the type `{found}`")]
    ContentType {
        /// Which URL.
        url: String,
        /// The header.
        found: String,
    },
    /// Not UTF-8.
    #[error("{0}: not UTF-8")]
    NotUtf8(String),
    /// Larger than the carrier takes.
    #[error("{url} answered with {bytes} bytes")]
    TooLarge {
        /// Which URL.
        url: String,
        /// How many.
        bytes: usize,
    },
    /// A document that steps into a trap.
    #[error("{url}, line {line}: {trap}")]
    Document {
        /// Which URL.
        url: String,
        /// From 1.
        line: u32,
        /// Which trap.
        trap: Trap,
    },
    /// One request, sent twice, got two answers.
    #[error("{url} answered the same request first with {first:?}, then with {second:?}")]
    Differs {
        /// Which URL.
        url: String,
        /// Status and body.
        first: String,
        /// Status and body.
        second: String,
    },
    /// A request with a wrong signature got something else than 403.
    #[error("{url} answered a forged request with {status}")]
    Forged {
        /// Which URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// The call would not end.
    #[error("the call does not end: {0}")]
    Endless(&'static str),
}
