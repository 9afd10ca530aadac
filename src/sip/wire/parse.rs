//! Finds the lines and the body of a message (RFC 3261 §7).

use bytes::Bytes;

use super::Framing;
use super::HeaderName;
use super::Message;
use super::Method;
use super::ParseError;
use super::bounds::HEADERS_MAX;
use super::bounds::LINE_MAX;
use super::bounds::MESSAGE_MAX;
use super::bounds::VIAS_MAX;
use super::framing::ContentLength;
use super::line::HeadLine;
use super::line::unfold;
use super::list::Elements;
use super::message::Entry;
use super::message::FirstLine;
use super::message::Span;
use super::message::Text;
use super::method::is_token;

/// Headers of a typical message, so that the index is allocated once.
const HEADERS_USUAL: usize = 24;

impl Message {
    /// Finds the lines and the body of one message. Parses no value except Content-Length: see
    /// [`Message::validate`].
    ///
    /// # Errors
    /// If the message is malformed or exceeds a bound. A rejected request may still be answered:
    /// see [`Message::salvage`], and for responses [`Message::salvage_response`].
    pub fn parse(bytes: impl Into<Bytes>, framing: Framing) -> Result<Message, ParseError> {
        read(bytes.into(), framing)
    }

    /// Parses the readable part of a request that [`Message::parse`] rejected, without its body:
    /// enough to respond with [`super::Builder::response_to`]. Returns `None` if it must not be
    /// answered: it is a response, an ACK, has no Via, or is not SIP.
    pub fn salvage(bytes: impl Into<Bytes>) -> Option<Message> {
        salvage(bytes.into(), |first| match first {
            FirstLine::Request { method, .. } => *method != Method::Ack,
            FirstLine::Response { .. } => false,
        })
    }

    /// Parses the readable part of a response that [`Message::parse`] rejected, without its body:
    /// enough to acknowledge it. Returns `None` if it is no response or has no Via.
    pub fn salvage_response(bytes: impl Into<Bytes>) -> Option<Message> {
        salvage(bytes.into(), |first| matches!(first, FirstLine::Response { .. }))
    }
}

/// Parses a message in which every line must be valid.
fn read(bytes: Bytes, framing: Framing) -> Result<Message, ParseError> {
    let bytes = without_leading_line_ends(bytes)?;
    let mut head = Head::start(&bytes)?;
    while let Found::Header = head.header(&bytes)? {}
    let body = head.at;
    let length = framing.body_length(head.length.declared(), bytes.len() - body)?;
    Ok(head.message(bytes.slice(..body + length), body))
}

/// Parses the valid lines of a message whose start line is wanted, and no body.
fn salvage(bytes: Bytes, is_wanted: impl Fn(&FirstLine) -> bool) -> Option<Message> {
    let bytes = without_leading_line_ends(bytes.slice(..bytes.len().min(MESSAGE_MAX))).ok()?;
    let mut head = Head::start(&bytes).or_else(|_| Head::start_loosely(&bytes)).ok()?;
    let wanted = is_wanted(&head.first);
    while wanted && head.entries.len() < HEADERS_MAX {
        match head.header(&bytes) {
            Ok(Found::Header) => {}
            Ok(Found::End) | Err(ParseError::HeadUnterminated) => break,
            Err(_) => {} // the line was passed over
        }
    }
    let end = head.at;
    let message = head.message(bytes.slice(..end), end);
    (wanted && message.raw_headers(HeaderName::Via).next().is_some()).then_some(message)
}

/// Removes line ends before the start line (RFC 3261 §7.5).
fn without_leading_line_ends(bytes: Bytes) -> Result<Bytes, ParseError> {
    if bytes.len() > MESSAGE_MAX {
        return Err(ParseError::MessageTooLong { length: bytes.len() });
    }
    let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if blank == bytes.len() {
        return Err(ParseError::Empty);
    }
    Ok(bytes.slice(blank..))
}

/// Result of [`Head::header`].
enum Found {
    Header,
    /// The empty line.
    End,
}

/// A head while it is being parsed.
struct Head {
    first: FirstLine,
    entries: Vec<Entry>,
    rewritten: String,
    length: ContentLength,
    vias: usize,
    /// Number of lines so far.
    lines: usize,
    /// Start of the next line.
    at: usize,
    /// Whether the whole message is UTF-8, so that no value needs another check.
    all_utf8: bool,
}

impl Head {
    /// Parses the start line.
    fn start(bytes: &[u8]) -> Result<Head, ParseError> {
        let line = HeadLine::physical(bytes, 0).ok_or(ParseError::HeadUnterminated)?;
        if line.end > LINE_MAX {
            return Err(ParseError::LineTooLong { line: 1 });
        }
        if line.stray_return {
            return Err(ParseError::StartLine { problem: "a carriage return within" });
        }
        let text = bytes.get(..line.end).unwrap_or_default();
        let mut rewritten = String::new();
        let first = first_line(text, &mut rewritten)?;
        Ok(Head::after(line, first, rewritten, bytes))
    }

    /// Parses only the method of a start line that is otherwise malformed.
    fn start_loosely(bytes: &[u8]) -> Result<Head, ParseError> {
        let line = HeadLine::physical(bytes, 0).ok_or(ParseError::HeadUnterminated)?;
        let text = bytes.get(..line.end).unwrap_or_default();
        let word = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        let method = str::from_utf8(word).ok().and_then(Method::parse);
        let method = method.ok_or(ParseError::StartLine { problem: "no method" })?;
        let uri = Text::Here(Span::of(0, 0));
        Ok(Head::after(line, FirstLine::Request { method, uri }, String::new(), bytes))
    }

    fn after(line: HeadLine, first: FirstLine, rewritten: String, bytes: &[u8]) -> Head {
        Head {
            first,
            entries: Vec::with_capacity(HEADERS_USUAL),
            rewritten,
            length: ContentLength::default(),
            vias: 0,
            lines: 1,
            at: line.next,
            all_utf8: str::from_utf8(bytes).is_ok(),
        }
    }

    /// Parses one header line. After an error other than `HeadUnterminated`, parsing can continue
    /// with the next line.
    fn header(&mut self, bytes: &[u8]) -> Result<Found, ParseError> {
        let line = HeadLine::logical(bytes, self.at).ok_or(ParseError::HeadUnterminated)?;
        self.at = line.next;
        self.lines += 1;
        if line.is_empty() {
            return Ok(Found::End);
        }
        if line.end - line.start > LINE_MAX {
            return Err(ParseError::LineTooLong { line: self.lines });
        }
        if self.entries.len() == HEADERS_MAX {
            return Err(ParseError::TooManyHeaders);
        }
        let entry = self.entry(bytes, line).ok_or(ParseError::HeaderLine { line: self.lines })?;
        match entry.known {
            HeaderName::ContentLength => self.length.add(entry.raw.of_bytes(bytes))?,
            HeaderName::Via => self.count_vias(bytes, &entry)?,
            _ => {}
        }
        self.entries.push(entry);
        Ok(Found::Header)
    }

    /// Splits `Name : value`.
    fn entry(&mut self, bytes: &[u8], line: HeadLine) -> Option<Entry> {
        let text = bytes.get(line.start..line.end)?;
        let colon = text.iter().position(|byte| *byte == b':')?;
        let name = text.get(..colon)?.trim_ascii_end();
        if line.stray_return || !is_token(name) {
            return None;
        }
        let value = text.get(colon + 1..)?;
        let after_blank = value.trim_ascii_start();
        let start = line.end - after_blank.len();
        let raw = Span::of(start, start + after_blank.trim_ascii_end().len());
        Some(Entry {
            known: HeaderName::lookup(name).unwrap_or(HeaderName::Other("")),
            name: Span::of(line.start, line.start + name.len()),
            raw,
            text: self.shown(bytes, raw, line.folded),
        })
    }

    /// Returns the value as text: in the message if possible, else rewritten.
    fn shown(&mut self, bytes: &[u8], raw: Span, folded: bool) -> Text {
        let value = raw.of_bytes(bytes);
        if !folded && (self.all_utf8 || str::from_utf8(value).is_ok()) {
            return Text::Here(raw);
        }
        rewrite(&mut self.rewritten, value)
    }

    fn count_vias(&mut self, bytes: &[u8], entry: &Entry) -> Result<(), ParseError> {
        let text = match entry.text {
            Text::Here(span) => str::from_utf8(span.of_bytes(bytes)).unwrap_or_default(),
            Text::Rewritten(Span { start, end }) => {
                self.rewritten.get(start as usize..end as usize).unwrap_or_default()
            }
        };
        self.vias += if text.contains(',') { Elements::of(text).count() } else { 1 };
        if self.vias > VIAS_MAX { Err(ParseError::TooManyVias) } else { Ok(()) }
    }

    fn message(self, bytes: Bytes, body: usize) -> Message {
        let Head { first, entries, rewritten, .. } = self;
        Message { bytes, first, entries, rewritten, body }
    }
}

/// Appends a value in its readable form.
fn rewrite(rewritten: &mut String, value: &[u8]) -> Text {
    let start = rewritten.len();
    rewritten.push_str(&unfold(value));
    Text::Rewritten(Span::of(start, rewritten.len()))
}

/// Parses `METHOD uri SIP/2.0` or `SIP/2.0 code phrase`, with single spaces (RFC 3261 §7.1, §7.2).
fn first_line(text: &[u8], rewritten: &mut String) -> Result<FirstLine, ParseError> {
    let problem = |problem| ParseError::StartLine { problem };
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
        return status_line(text, rewritten);
    }
    let text = str::from_utf8(text).map_err(|_| problem("not UTF-8"))?;
    let mut words = text.split(' ');
    let (Some(method), Some(uri), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(problem("not method, URI and version with one space between"));
    };
    let name = version.get(..4).unwrap_or_default();
    if !name.eq_ignore_ascii_case("SIP/") {
        return Err(problem("no SIP version"));
    }
    if version.get(4..) != Some("2.0") {
        return Err(ParseError::Version);
    }
    let method_len = method.len();
    let method = Method::parse(method).ok_or(problem("the method is not a token"))?;
    if uri.is_empty() {
        return Err(problem("no URI"));
    }
    let uri = Text::Here(Span::of(method_len + 1, method_len + 1 + uri.len()));
    Ok(FirstLine::Request { method, uri })
}

fn status_line(text: &[u8], rewritten: &mut String) -> Result<FirstLine, ParseError> {
    const VERSION: usize = "SIP/2.0".len();
    const PHRASE: usize = "SIP/2.0 200 ".len();
    let problem = |problem| ParseError::StartLine { problem };
    match text.get(4..VERSION + 1) {
        Some(b"2.0 ") => {}
        _ => return Err(ParseError::Version),
    }
    let code = text.get(VERSION + 1..).unwrap_or_default();
    let code = code.split(|byte| *byte == b' ').next().unwrap_or_default();
    let status = match code {
        [a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            let digit = |byte: &u8| u16::from(byte - b'0');
            digit(a) * 100 + digit(b) * 10 + digit(c)
        }
        _ => return Err(problem("the status code is not 100 to 699")),
    };
    // Some senders omit the space before an empty phrase.
    let span = Span::of(PHRASE.min(text.len()), text.len());
    let phrase = match str::from_utf8(span.of_bytes(text)) {
        Ok(_) => Text::Here(span),
        Err(_) => rewrite(rewritten, span.of_bytes(text)),
    };
    Ok(FirstLine::Response { status, phrase })
}
