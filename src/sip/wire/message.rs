//! One SIP message: its bytes and an index of their parts.

use std::fmt;

use bytes::Bytes;

use super::HeaderName;
use super::Method;
use super::list::Values;

/// One message, request or response, with an index of its header lines. Cloning shares the bytes.
#[derive(Clone)]
pub struct Message {
    pub(crate) bytes: Bytes,
    pub(crate) first: FirstLine,
    pub(crate) entries: Vec<Entry>,
    /// Values that cannot be returned as slices of the message: folded, or not UTF-8.
    pub(crate) rewritten: String,
    /// Start of the body.
    pub(crate) body: usize,
}

/// Content of the start line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request {
        /// Method of the request.
        method: &'a Method,
        /// Request-URI as written; [`Message::request_uri`] parses it.
        uri: &'a str,
    },
    /// A response.
    Response {
        /// 100 to 699.
        status: u16,
        /// Reason phrase; may be empty.
        phrase: &'a str,
    },
}

/// The start line, with texts as positions.
#[derive(Clone)]
pub(crate) enum FirstLine {
    Request { method: Method, uri: Text },
    Response { status: u16, phrase: Text },
}

/// One header line.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// Known name, or `Other("")`.
    pub(crate) known: HeaderName<'static>,
    pub(crate) name: Span,
    /// Value as written in the message.
    pub(crate) raw: Span,
    /// Value as returned to callers.
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

/// Position of a text.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    /// In the message, as valid UTF-8.
    Here(Span),
    /// In [`Message::rewritten`].
    Rewritten(Span),
}

impl Message {
    /// Returns the start line.
    pub fn start(&self) -> Start<'_> {
        match &self.first {
            FirstLine::Request { method, uri } => Start::Request { method, uri: self.text(*uri) },
            FirstLine::Response { status, phrase } => {
                Start::Response { status: *status, phrase: self.text(*phrase) }
            }
        }
    }

    /// Returns the request's method, or `None` for a response.
    pub fn method(&self) -> Option<&Method> {
        match &self.first {
            FirstLine::Request { method, .. } => Some(method),
            FirstLine::Response { .. } => None,
        }
    }

    /// Returns the response's status code, 100 to 699, or `None` for a request.
    pub fn status(&self) -> Option<u16> {
        match self.first {
            FirstLine::Request { .. } => None,
            FirstLine::Response { status, .. } => Some(status),
        }
    }

    /// Returns the first value of a header; for a list, its first element.
    ///
    /// Values are unfolded; one that is not UTF-8 is read as Latin-1.
    pub fn header(&self, name: HeaderName<'_>) -> Option<&str> {
        self.headers(name).next()
    }

    /// Returns every value of a header in order. Splits lists at commas outside quotes and `<>`,
    /// whether they are on one line or on several.
    pub fn headers(&self, name: HeaderName<'_>) -> impl Iterator<Item = &str> {
        let name = name.recognised();
        self.lines(name).flat_map(move |entry| Values::of(self.text(entry.text), name.is_list()))
    }

    /// Returns every line's value of a header unchanged, with its folds and not split. For copying.
    pub fn raw_headers(&self, name: HeaderName<'_>) -> impl Iterator<Item = &[u8]> {
        self.lines(name.recognised()).map(|entry| entry.raw.of_bytes(&self.bytes))
    }

    /// Returns every header line in order: its name as written, and its whole value.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|entry| (self.name_of(entry), self.text(entry.text)))
    }

    /// Returns the body; empty if there is none.
    pub fn body(&self) -> &[u8] {
        self.bytes.get(self.body..).unwrap_or_default()
    }

    /// Returns the body, sharing the message's memory.
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice(self.body.min(self.bytes.len())..)
    }

    /// Returns the whole message as received, without line ends before it and octets after it.
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

/// Prints no values, because they contain callers' numbers.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first {
            FirstLine::Request { method, .. } => write!(f, "Message({method}")?,
            FirstLine::Response { status, .. } => write!(f, "Message({status}")?,
        }
        write!(f, ", {} headers, {} bytes)", self.entries.len(), self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;
    use crate::sip::wire::HEADERS_MAX;
    use crate::sip::wire::LINE_MAX;
    use crate::sip::wire::MESSAGE_MAX;
    use crate::sip::wire::ParseError;
    use crate::sip::wire::VIAS_MAX;

    fn datagram(text: impl AsRef<[u8]>) -> Result<Message, ParseError> {
        Message::parse(text.as_ref().to_vec(), Framing::Datagram)
    }

    fn with_headers(headers: &str) -> Message {
        datagram(format!("OPTIONS sip:a@b SIP/2.0\r\n{headers}\r\n")).unwrap()
    }

    #[test]
    fn start_lines() {
        let problem = |problem| Err(ParseError::StartLine { problem });
        let shape = "not method, URI and version with one space between";
        let code = "the status code is not 100 to 699";
        for (line, expected) in [
            ("INVITE sip:a@b SIP/2.0", Ok("INVITE sip:a@b")),
            ("IN%56ITE tel:+1 sip/2.0", Ok("IN%56ITE tel:+1")),
            ("SIP/2.0 200 OK", Ok("200 OK")),
            ("sip/2.0 404 Not  Found", Ok("404 Not  Found")),
            ("SIP/2.0 100 ", Ok("100 ")),
            ("SIP/2.0 699", Ok("699 ")),
            ("SIP/2.0 200 = 2**3 \u{43d}\u{43e}", Ok("200 = 2**3 \u{43d}\u{43e}")),
            ("INVITE sip:a@b SIP/7.0", Err(ParseError::Version)),
            ("INVITE sip:a@b SIP/2.00", Err(ParseError::Version)),
            ("SIP/3.0 200 OK", Err(ParseError::Version)),
            ("SIP/2.0", Err(ParseError::Version)),
            ("INVITE sip:a@b HTTP/1.1", problem("no SIP version")),
            ("INVITE sip:a@b", problem(shape)),
            ("INVITE  sip:a@b  SIP/2.0", problem(shape)),
            ("INVITE sip:a@b SIP/2.0 ", problem(shape)),
            ("INVITE sip:a@b; lr SIP/2.0", problem(shape)),
            ("INVITE  SIP/2.0", problem("no URI")),
            ("INV<ITE sip:a@b SIP/2.0", problem("the method is not a token")),
            (" sip:a@b SIP/2.0", problem("the method is not a token")),
            ("SIP/2.0 99 x", problem(code)),
            ("SIP/2.0 700 x", problem(code)),
            ("SIP/2.0 2000 x", problem(code)),
            ("SIP/2.0 4294967301 x", problem(code)),
            ("SIP/2.0 +20 x", problem(code)),
            ("INVITE\rsip:a@b SIP/2.0", problem("a carriage return within")),
        ] {
            let read = datagram(format!("{line}\r\n\r\n")).map(|message| match message.start() {
                Start::Request { method, uri } => format!("{method} {uri}"),
                Start::Response { status, phrase } => format!("{status} {phrase}"),
            });
            assert_eq!(read, expected.map(str::to_owned), "{line:?}");
        }
    }

    #[test]
    fn phrases_in_latin_1_are_read() {
        let message = datagram(b"SIP/2.0 486 Besch\xe4ftigt\r\n\r\n").unwrap();
        assert_eq!(message.start(), Start::Response { status: 486, phrase: "Besch\u{e4}ftigt" });
    }

    #[test]
    fn headers_are_found_in_every_spelling() {
        let message = with_headers(
            "v: SIP/2.0/UDP a;x=\"1,2\", SIP/2.0/TCP b\r\nVIA : SIP/2.0/UDP c\r\n\
             Subject: one, two\r\nX-Note:\r\n folded\r\n\t twice  \r\nx-note: 2\r\n\
             Supported:\r\nk: path,100rel\r\n",
        );
        for (name, expected) in [
            (HeaderName::Via, &["SIP/2.0/UDP a;x=\"1,2\"", "SIP/2.0/TCP b", "SIP/2.0/UDP c"][..]),
            (
                HeaderName::Other("V"),
                &["SIP/2.0/UDP a;x=\"1,2\"", "SIP/2.0/TCP b", "SIP/2.0/UDP c"],
            ),
            (HeaderName::Subject, &["one, two"]),
            (HeaderName::Other("X-NOTE"), &["folded twice", "2"]),
            (HeaderName::Supported, &["path", "100rel"]),
            (HeaderName::From, &[]),
            (HeaderName::Other(""), &[]),
        ] {
            assert_eq!(message.headers(name).collect::<Vec<_>>(), expected, "{name:?}");
            assert_eq!(message.header(name), expected.first().copied());
        }
        let raw: Vec<_> = message.raw_headers(HeaderName::Other("x-note")).collect();
        assert_eq!(raw, [&b"folded\r\n\t twice"[..], b"2"]);
        assert_eq!(message.all_headers().nth(1), Some(("VIA", "SIP/2.0/UDP c")));
    }

    #[test]
    fn a_header_that_is_not_utf8_harms_no_other() {
        let message =
            datagram(b"OPTIONS sip:a@b SIP/2.0\r\nSubject: caf\xe9\r\nFrom: \xc3\xa9\r\n\r\n")
                .unwrap();
        assert_eq!(message.header(HeaderName::Subject), Some("caf\u{e9}"));
        assert_eq!(message.header(HeaderName::From), Some("\u{e9}"));
        assert_eq!(message.raw_headers(HeaderName::Subject).next(), Some(&b"caf\xe9"[..]));
    }

    #[test]
    fn broken_heads_are_refused() {
        let line = |line| ParseError::HeaderLine { line };
        let many = "a: b\r\n".repeat(HEADERS_MAX + 1);
        let vias = format!("Via: {}\r\n", ["SIP/2.0/UDP h"; VIAS_MAX + 1].join(","));
        let long = format!("a: {}\r\n", "b".repeat(LINE_MAX));
        for (headers, expected) in [
            ("From sip:a@b\r\n", line(2)),
            ("a: b\r\n c\r\nFoobar roobar\r\n", line(3)),
            (": b\r\n", line(2)),
            ("a b: c\r\n", line(2)),
            (" a: b\r\n", line(2)),
            ("a: b\rc\r\n", line(2)),
            (&many, ParseError::TooManyHeaders),
            (&vias, ParseError::TooManyVias),
            (&long, ParseError::LineTooLong { line: 2 }),
            ("Content-Length: 1\r\n", ParseError::BodyCut { declared: 1, present: 0 }),
        ] {
            let message = datagram(format!("OPTIONS sip:a@b SIP/2.0\r\n{headers}\r\n"));
            assert_eq!(message.unwrap_err(), expected);
        }
        for (text, expected) in [
            ("", ParseError::Empty),
            ("\r\n\r\n\r\n", ParseError::Empty),
            ("OPTIONS sip:a@b SIP/2.0", ParseError::HeadUnterminated),
            ("OPTIONS sip:a@b SIP/2.0\r\na: b\r\n", ParseError::HeadUnterminated),
            (&"x".repeat(MESSAGE_MAX + 1), ParseError::MessageTooLong { length: MESSAGE_MAX + 1 }),
        ] {
            assert_eq!(datagram(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn at_the_bounds_messages_are_read() {
        let at_most = "a: b\r\n".repeat(HEADERS_MAX);
        assert_eq!(with_headers(&at_most).all_headers().count(), HEADERS_MAX);
        let vias = format!("Via: {}\r\n", ["SIP/2.0/UDP h"; VIAS_MAX].join(","));
        assert_eq!(with_headers(&vias).headers(HeaderName::Via).count(), VIAS_MAX);
        let mut whole = b"OPTIONS sip:a@b SIP/2.0\r\n\r\n".to_vec();
        whole.resize(MESSAGE_MAX, b'x');
        assert_eq!(datagram(&whole).unwrap().bytes().len(), MESSAGE_MAX);
    }

    #[test]
    fn the_message_is_cut_from_what_surrounds_it() {
        let text = "\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\nl: 3\r\n\r\nabcdef";
        let message = datagram(text).unwrap();
        assert_eq!(message.body(), b"abc");
        assert_eq!(message.body_bytes(), "abc");
        assert!(message.bytes().starts_with(b"OPTIONS") && message.bytes().ends_with(b"abc"));
        let open = datagram("OPTIONS sip:a@b SIP/2.0\r\n\r\nabcdef").unwrap();
        assert_eq!(open.body(), b"abcdef");
    }

    #[test]
    fn what_is_refused_can_still_be_answered() {
        let head = "Via: SIP/2.0/UDP h\r\nFoobar roobar\r\nFrom: <sip:x@y>\r\nl: 99\r\n\r\nbody";
        for (line, answerable) in [
            ("OPTIONS sip:a@b SIP/2.0", true),
            ("OPTIONS sip:a@b SIP/7.0", true),
            ("OPTIONS  sip:a@b; lr", true),
            ("ACK sip:a@b SIP/2.0", false),
            ("ACK  sip:a@b SIP/2.0", false),
            ("SIP/2.0 200 OK", false),
            ("SIP/2.0 9999 OK", false),
            ("<html> x", false),
        ] {
            let text = format!("{line}\r\n{head}");
            assert!(datagram(&text).is_err(), "{line}");
            let salvaged = Message::salvage(text.into_bytes());
            assert_eq!(salvaged.is_some(), answerable, "{line}");
            if let Some(message) = salvaged {
                assert_eq!(message.header(HeaderName::From), Some("<sip:x@y>"));
                assert_eq!(message.body(), b"");
            }
        }
        assert!(Message::salvage("OPTIONS sip:a@b SIP/2.0\r\nl: 9\r\n\r\n").is_none(), "no Via");
        assert!(Message::salvage("OPTIONS sip:a@b SIP/2.0\r\nv: x").is_none(), "cut within it");
    }

    #[test]
    fn debug_shows_no_value() {
        let message = with_headers("From: <sip:+13055550123@h>\r\n");
        assert_eq!(format!("{message:?}"), "Message(OPTIONS, 1 headers, 55 bytes)");
    }
}
