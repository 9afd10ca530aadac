//! One SIP message: its bytes and where everything in them is.

use std::fmt;

use bytes::Bytes;

use super::Framing;
use super::HeaderName;
use super::Method;
use super::ParseError;
use super::list::Values;
use super::parse;

/// One message, request or response, with an index of its header lines. Cloning shares the bytes.
#[derive(Clone)]
pub struct Message {
    pub(crate) bytes: Bytes,
    pub(crate) first: FirstLine,
    pub(crate) entries: Vec<Entry>,
    /// Values that cannot be shown as they stand: folded, or not UTF-8.
    pub(crate) rewritten: String,
    /// Where the body starts.
    pub(crate) body: usize,
}

/// What the start line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request {
        /// Its method.
        method: &'a Method,
        /// Its Request-URI as it was written; [`Message::request_uri`] reads it.
        uri: &'a str,
    },
    /// A response.
    Response {
        /// 100 to 699.
        status: u16,
        /// Its reason phrase; may be empty.
        phrase: &'a str,
    },
}

/// The start line, with texts as places.
#[derive(Clone)]
pub(crate) enum FirstLine {
    Request { method: Method, uri: Text },
    Response { status: u16, phrase: Text },
}

/// One header line.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// `Other("")` when the name is not one that we know.
    pub(crate) known: HeaderName<'static>,
    pub(crate) name: Span,
    /// The value as it stands in the message.
    pub(crate) raw: Span,
    /// The value as it is shown.
    pub(crate) text: Text,
}

/// A range of the bytes; a message is at most 64 KiB.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn of(start: usize, end: usize) -> Self {
        let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: cut(start), end: cut(end) }
    }

    pub(crate) fn of_bytes(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Where a text is.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    /// In the message, as valid UTF-8.
    Here(Span),
    /// In [`Message::rewritten`].
    Rewritten(Span),
}

impl Message {
    /// Finds the lines and the body of one message. Values are not looked into, but for
    /// Content-Length: see [`Message::validate`].
    ///
    /// # Errors
    /// When the message's shape is broken or it is beyond a bound. A request that was refused may
    /// still be answered: see [`Message::salvage`].
    pub fn parse(bytes: impl Into<Bytes>, framing: Framing) -> Result<Message, ParseError> {
        parse::read(bytes.into(), framing)
    }

    /// What can be read of a request that [`Message::parse`] refused, without its body: enough to
    /// answer it with [`super::Builder::response_to`]. `None` when it must not be answered: it is
    /// a response, an ACK, has no Via, or is not SIP.
    pub fn salvage(bytes: impl Into<Bytes>) -> Option<Message> {
        parse::salvage(bytes.into())
    }

    /// The start line.
    pub fn start(&self) -> Start<'_> {
        match &self.first {
            FirstLine::Request { method, uri } => Start::Request { method, uri: self.text(*uri) },
            FirstLine::Response { status, phrase } => {
                Start::Response { status: *status, phrase: self.text(*phrase) }
            }
        }
    }

    /// The request's method; `None` for a response.
    pub fn method(&self) -> Option<&Method> {
        match &self.first {
            FirstLine::Request { method, .. } => Some(method),
            FirstLine::Response { .. } => None,
        }
    }

    /// The response's status code, 100 to 699; `None` for a request.
    pub fn status(&self) -> Option<u16> {
        match self.first {
            FirstLine::Request { .. } => None,
            FirstLine::Response { status, .. } => Some(status),
        }
    }

    /// The first value of a header. For a list it is the first element.
    ///
    /// Values are shown unfolded; one that is not UTF-8 is read as Latin-1.
    pub fn header(&self, name: HeaderName<'_>) -> Option<&str> {
        self.headers(name).next()
    }

    /// Every value of a header in order. Lists are split at commas outside quotes and `<>`,
    /// whether they stand on one line or on several.
    pub fn headers(&self, name: HeaderName<'_>) -> impl Iterator<Item = &str> {
        let name = HeaderName::parse(name.as_str());
        self.lines(name).flat_map(move |entry| Values::of(self.text(entry.text), name.is_list()))
    }

    /// Every value of a header line as it stands in the message: not split, with its folds and its
    /// bytes as they came. For copying.
    pub fn raw_headers(&self, name: HeaderName<'_>) -> impl Iterator<Item = &[u8]> {
        let name = HeaderName::parse(name.as_str());
        self.lines(name).map(|entry| entry.raw.of_bytes(&self.bytes))
    }

    /// Every header line in order: its name as it was written, and its whole value.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|entry| (self.name_of(entry), self.text(entry.text)))
    }

    /// The body; empty when there is none.
    pub fn body(&self) -> &[u8] {
        self.bytes.get(self.body..).unwrap_or_default()
    }

    /// The body, sharing the message's memory.
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice(self.body.min(self.bytes.len())..)
    }

    /// The whole message as it came, without line ends before it and octets behind it.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    fn lines(&self, name: HeaderName<'_>) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| match (entry.known, name) {
            (HeaderName::Other(_), HeaderName::Other(wanted)) => {
                self.name_of(entry).eq_ignore_ascii_case(wanted)
            }
            (known, wanted) => std::mem::discriminant(&known) == std::mem::discriminant(&wanted),
        })
    }

    fn name_of(&self, entry: &Entry) -> &str {
        str::from_utf8(entry.name.of_bytes(&self.bytes)).unwrap_or_default()
    }

    pub(crate) fn text(&self, text: Text) -> &str {
        match text {
            Text::Here(span) => str::from_utf8(span.of_bytes(&self.bytes)).unwrap_or_default(),
            Text::Rewritten(Span { start, end }) => {
                self.rewritten.get(start as usize..end as usize).unwrap_or_default()
            }
        }
    }
}

/// Shows no values: they hold callers' numbers.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first {
            FirstLine::Request { method, .. } => write!(f, "Message({method}")?,
            FirstLine::Response { status, .. } => write!(f, "Message({status}")?,
        }
        write!(f, ", {} headers, {} bytes)", self.entries.len(), self.bytes.len())
    }
}
