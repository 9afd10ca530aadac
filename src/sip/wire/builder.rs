//! Writing messages.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;

use bytes::Bytes;

use super::HeaderName;
use super::Message;
use super::Method;

/// Room for a usual message.
const USUAL_LEN: usize = 1024;

/// Writes one message, line by line, in the order of the calls. Line ends within values become
/// spaces: no value can add a header.
#[derive(Debug)]
#[must_use = "finish it with body() or finish()"]
pub struct Builder<'a> {
    first: First<'a>,
    lines: Vec<u8>,
}

#[derive(Debug)]
enum First<'a> {
    Request(String),
    Response {
        request: &'a Message,
        line: String,
        to_tag: Option<&'a str>,
        source: Option<SocketAddr>,
        record_route: bool,
    },
}

impl<'a> Builder<'a> {
    /// A request. The URI is a [`super::Uri`] or its text.
    pub fn request(method: &Method, uri: impl fmt::Display) -> Builder<'a> {
        let first = First::Request(format!("{method} {uri} SIP/2.0"));
        Builder { first, lines: Vec::with_capacity(USUAL_LEN) }
    }

    /// A response. Via, From, To, Call-ID and CSeq are copied from the request byte for byte
    /// (RFC 3261 §8.2.6.2).
    pub fn response_to(request: &'a Message, status: u16, phrase: &str) -> Builder<'a> {
        let first = First::Response {
            request,
            line: format!("SIP/2.0 {status} {phrase}"),
            to_tag: None,
            source: None,
            record_route: false,
        };
        Builder { first, lines: Vec::with_capacity(USUAL_LEN) }
    }

    /// With this tag in To, when the request's To has none. Requests have none to add.
    pub fn to_tag(mut self, tag: &'a str) -> Self {
        if let First::Response { to_tag, .. } = &mut self.first {
            *to_tag = Some(tag);
        }
        self
    }

    /// With `received` and `rport` in the top Via, as the request's source demands
    /// (RFC 3261 §18.2.1, RFC 3581 §4).
    pub fn source(mut self, address: SocketAddr) -> Self {
        if let First::Response { source, .. } = &mut self.first {
            *source = Some(address);
        }
        self
    }

    /// With the request's Record-Route: for responses that make a dialog (RFC 3261 §12.1.1).
    pub fn record_route(mut self) -> Self {
        if let First::Response { record_route, .. } = &mut self.first {
            *record_route = true;
        }
        self
    }

    /// One header line.
    pub fn header(mut self, name: HeaderName<'_>, value: impl fmt::Display) -> Self {
        self.lines.extend_from_slice(name.as_str().as_bytes());
        self.lines.extend_from_slice(b": ");
        let start = self.lines.len();
        // Writing to memory cannot fail; a Display that does leaves what it has written.
        let _ = write!(self.lines, "{value}");
        for byte in self.lines.iter_mut().skip(start) {
            if matches!(byte, b'\r' | b'\n' | 0) {
                *byte = b' ';
            }
        }
        self.lines.extend_from_slice(b"\r\n");
        self
    }

    /// Every line of a header of another message, values byte for byte.
    pub fn copy(mut self, from: &Message, name: HeaderName<'_>) -> Self {
        copy_lines(&mut self.lines, from, name);
        self
    }

    /// The message with a body.
    pub fn body(self, content_type: &str, body: &[u8]) -> Bytes {
        self.header(HeaderName::ContentType, content_type).end(body)
    }

    /// The message without a body.
    pub fn finish(self) -> Bytes {
        self.end(b"")
    }

    fn end(self, body: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(USUAL_LEN.max(self.lines.len() + body.len() + USUAL_LEN));
        self.first.write(&mut out);
        out.extend_from_slice(&self.lines);
        let _ = write!(out, "Content-Length: {}\r\n\r\n", body.len());
        out.extend_from_slice(body);
        out.into()
    }
}

impl First<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let line = match self {
            First::Request(line) | First::Response { line, .. } => line,
        };
        out.extend(
            line.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }),
        );
        out.extend_from_slice(b"\r\n");
        let First::Response { request, to_tag, source, record_route, .. } = self else { return };
        write_vias(out, request, *source);
        if *record_route {
            copy_lines(out, request, HeaderName::RecordRoute);
        }
        copy_lines(out, request, HeaderName::From);
        write_to(out, request, *to_tag);
        copy_lines(out, request, HeaderName::CallId);
        copy_lines(out, request, HeaderName::Cseq);
    }
}

fn copy_lines(out: &mut Vec<u8>, from: &Message, name: HeaderName<'_>) {
    for value in from.raw_headers(name) {
        write_line(out, name.as_str(), value, b"");
    }
}

fn write_line(out: &mut Vec<u8>, name: &str, value: &[u8], more: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(more);
    out.extend_from_slice(b"\r\n");
}

/// To, with our tag when it has none.
fn write_to(out: &mut Vec<u8>, request: &Message, tag: Option<&str>) {
    let Some(value) = request.raw_headers(HeaderName::To).next() else { return };
    let tagged = request.to().is_ok_and(|to| to.tag.is_some());
    let more = tag.filter(|_| !tagged).map(|tag| format!(";tag={tag}")).unwrap_or_default();
    write_line(out, "To", value, more.as_bytes());
}

/// Every Via; the top one says where the request really came from.
fn write_vias(out: &mut Vec<u8>, request: &Message, source: Option<SocketAddr>) {
    let stamp = source.and_then(|source| Some((source, request.top_via().ok()?)));
    let mut values = request.raw_headers(HeaderName::Via);
    if let (Some((source, via)), Some(first)) = (stamp, values.next()) {
        write_line(out, "Via", &stamped(first, via.rport, source), b"");
    }
    for value in values {
        write_line(out, "Via", value, b"");
    }
}

/// The first value of a Via line with `received` behind it and `rport` filled in; what follows it
/// on the line stays.
fn stamped(line: &[u8], rport: Option<Option<u16>>, source: SocketAddr) -> Vec<u8> {
    let end = first_value_end(line);
    let (value, rest) = line.split_at_checked(end).unwrap_or((line, b""));
    let mut out = value.trim_ascii_end().to_vec();
    if rport == Some(None)
        && let Some(at) = bare_rport_end(&out)
    {
        out.splice(at..at, format!("={}", source.port()).into_bytes());
    }
    let _ = write!(out, ";received={}", source.ip());
    out.extend_from_slice(rest);
    out
}

/// Where the first element of a raw Via list ends. A Via has quotes only in odd extensions.
fn first_value_end(line: &[u8]) -> usize {
    let mut quoted = false;
    let outside = |byte: &u8| {
        quoted ^= *byte == b'"';
        !quoted && *byte == b','
    };
    line.iter().position(outside).unwrap_or(line.len())
}

/// Where the name of a `;rport` without value ends.
fn bare_rport_end(value: &[u8]) -> Option<usize> {
    let mut at = 0;
    for part in value.split(|byte| *byte == b';') {
        let end = at + part.trim_ascii_end().len();
        if part.trim_ascii().eq_ignore_ascii_case(b"rport") {
            return Some(end);
        }
        at += part.len() + 1;
    }
    None
}
