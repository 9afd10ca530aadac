//! Writes messages.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;

use bytes::Bytes;

use super::HeaderName;
use super::Message;
use super::Method;
use super::Via;
use super::method::is_token;

/// Initial capacity in bytes: a typical message.
const USUAL_LEN: usize = 1024;

/// Builder that writes one message, line by line, in the order of the calls. Line ends within
/// values become spaces, so that no value can add a header.
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
    /// Starts a request. The URI is a [`super::Uri`] or its text.
    pub fn request(method: &Method, uri: impl fmt::Display) -> Builder<'a> {
        let first = First::Request(format!("{method} {uri} SIP/2.0"));
        Builder { first, lines: Vec::with_capacity(USUAL_LEN) }
    }

    /// Starts a response. Copies Via, From, To, Call-ID and CSeq from the request byte for byte
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

    /// Adds this tag to To if the request's To has none. Does nothing for a request.
    pub fn to_tag(mut self, tag: &'a str) -> Self {
        if let First::Response { to_tag, .. } = &mut self.first {
            *to_tag = Some(tag);
        }
        self
    }

    /// Sets `received` and `rport` in the top Via as the request's source requires (RFC 3261
    /// §18.2.1, RFC 3581 §4). Keeps a `received` that the request already had.
    pub fn source(mut self, address: SocketAddr) -> Self {
        if let First::Response { source, .. } = &mut self.first {
            *source = Some(address);
        }
        self
    }

    /// Copies the request's Record-Route, for responses that create a dialog (RFC 3261 §12.1.1).
    pub fn record_route(mut self) -> Self {
        if let First::Response { record_route, .. } = &mut self.first {
            *record_route = true;
        }
        self
    }

    /// Adds one header line. Skips a name that is not a token, and Content-Length, which is added
    /// automatically.
    pub fn header(mut self, name: HeaderName<'_>, value: impl fmt::Display) -> Self {
        match name.recognised() {
            HeaderName::ContentLength => return self,
            HeaderName::Other(other) if !is_token(other.as_bytes()) => return self,
            _ => {}
        }
        self.lines.extend_from_slice(name.as_str().as_bytes());
        self.lines.extend_from_slice(b": ");
        let start = self.lines.len();
        // Writing to memory cannot fail; if a Display fails, its partial output stays.
        let _ = write!(self.lines, "{value}");
        for byte in self.lines.iter_mut().skip(start) {
            if matches!(byte, b'\r' | b'\n' | 0) {
                *byte = b' ';
            }
        }
        self.lines.extend_from_slice(b"\r\n");
        self
    }

    /// Copies every line of a header from another message, values byte for byte.
    pub fn copy(mut self, from: &Message, name: HeaderName<'_>) -> Self {
        copy_lines(&mut self.lines, from, name);
        self
    }

    /// Returns the message with a body.
    pub fn body(self, content_type: &str, body: &[u8]) -> Bytes {
        self.header(HeaderName::ContentType, content_type).end(body)
    }

    /// Returns the message without a body.
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

/// Writes To, with the local tag if it has none.
fn write_to(out: &mut Vec<u8>, request: &Message, tag: Option<&str>) {
    let Some(value) = request.raw_headers(HeaderName::To).next() else { return };
    let tagged = request.to().is_ok_and(|to| to.tag.is_some());
    let more = tag.filter(|_| !tagged).map(|tag| format!(";tag={tag}")).unwrap_or_default();
    write_line(out, "To", value, more.as_bytes());
}

/// Writes every Via; the top one gets the request's actual source.
fn write_vias(out: &mut Vec<u8>, request: &Message, source: Option<SocketAddr>) {
    let stamp = source.and_then(|source| Some((source, request.top_via().ok()?)));
    for (i, value) in request.raw_headers(HeaderName::Via).enumerate() {
        match stamp {
            Some((source, via)) if i == 0 => {
                write_line(out, "Via", &stamped(value, &via, source), b"");
            }
            _ => write_line(out, "Via", value, b""),
        }
    }
}

/// Returns a Via line with `received` added to its first value and `rport` filled in; the rest of
/// the line is unchanged.
fn stamped(line: &[u8], via: &Via<'_>, source: SocketAddr) -> Vec<u8> {
    let end = first_value_end(line);
    let (value, rest) = line.split_at_checked(end).unwrap_or((line, b""));
    let mut out = value.trim_ascii_end().to_vec();
    if via.rport == Some(None)
        && let Some(at) = bare_rport_end(&out)
    {
        out.splice(at..at, format!("={}", source.port()).into_bytes());
    }
    if via.received.is_none() {
        let _ = write!(out, ";received={}", source.ip());
    }
    out.extend_from_slice(rest);
    out
}

/// Returns the end of the first element of a raw Via list. Quotes occur only in rare extensions.
fn first_value_end(line: &[u8]) -> usize {
    let mut quoted = false;
    let outside = |byte: &u8| {
        quoted ^= *byte == b'"';
        !quoted && *byte == b','
    };
    line.iter().position(outside).unwrap_or(line.len())
}

/// Returns the end of the name of a `;rport` without value.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    fn request(headers: &[u8]) -> Message {
        let text = [b"INVITE sip:a@b SIP/2.0\r\n", headers, b"\r\n"].concat();
        Message::parse(text, Framing::Datagram).unwrap()
    }

    fn text(bytes: &Bytes) -> &str {
        str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn requests_read_back() {
        let bytes = Builder::request(&Method::Invite, "sip:a%20b+c@h;x=%2B")
            .header(HeaderName::Via, "SIP/2.0/UDP h;branch=z9hG4bK1;rport")
            .header(HeaderName::Other("X-Note"), "1\r\nInjected: 2")
            .header(HeaderName::Other("X\r\nInjected"), "3")
            .header(HeaderName::Other("l"), "999")
            .body("application/sdp", b"v=0\r\n");
        assert_eq!(
            text(&bytes),
            "INVITE sip:a%20b+c@h;x=%2B SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;rport\r\n\
             X-Note: 1  Injected: 2\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\n\
             v=0\r\n"
        );
        let message = Message::parse(bytes, Framing::Stream).unwrap();
        assert_eq!(message.header(HeaderName::Other("injected")), None);
        assert_eq!(message.body(), b"v=0\r\n");
    }

    #[test]
    fn responses_copy_byte_for_byte() {
        let request = request(
            b"v : SIP/2.0/UDP h\r\n ;branch=x ,SIP/2.0/TCP g\r\nVia: SIP/2.0/UDP f\r\n\
              f: \"caf\xe9\"<sip:a%20b@h>;tag=1\r\nt:<sip:+1@h>\r\n\
              i: x\r\nCSeq: 007\r\n  INVITE\r\nRecord-Route: <sip:p;lr>\r\nMax-Forwards: 9\r\n",
        );
        let bytes = Builder::response_to(&request, 180, "Ringing")
            .to_tag("t1")
            .record_route()
            .header(HeaderName::Contact, "<sip:us>")
            .finish();
        let expected: &[u8] = b"SIP/2.0 180 Ringing\r\n\
            Via: SIP/2.0/UDP h\r\n ;branch=x ,SIP/2.0/TCP g\r\nVia: SIP/2.0/UDP f\r\n\
            Record-Route: <sip:p;lr>\r\nFrom: \"caf\xe9\"<sip:a%20b@h>;tag=1\r\n\
            To: <sip:+1@h>;tag=t1\r\nCall-ID: x\r\nCSeq: 007\r\n  INVITE\r\nContact: <sip:us>\r\n\
            Content-Length: 0\r\n\r\n";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_tag_is_added_once() {
        for (to, expected) in [
            ("<sip:a@b>", "<sip:a@b>;tag=new"),
            ("<sip:a@b>;tag=old", "<sip:a@b>;tag=old"),
            ("<sip:a@b;tag=uri>", "<sip:a@b;tag=uri>;tag=new"),
            ("sip:a@b ;x", "sip:a@b ;x;tag=new"),
        ] {
            let request = request(format!("To: {to}\r\n").as_bytes());
            let bytes = Builder::response_to(&request, 200, "OK").to_tag("new").finish();
            assert!(text(&bytes).contains(&format!("\r\nTo: {expected}\r\n")), "{to}");
        }
    }

    #[test]
    fn the_top_via_shows_the_source() {
        let source = "203.0.113.7:40001".parse().unwrap();
        for (via, expected) in [
            ("SIP/2.0/UDP h;branch=x", "SIP/2.0/UDP h;branch=x;received=203.0.113.7"),
            (
                "SIP/2.0/UDP h;rport;branch=x",
                "SIP/2.0/UDP h;rport=40001;branch=x;received=203.0.113.7",
            ),
            ("SIP/2.0/UDP h;RPORT ;a", "SIP/2.0/UDP h;RPORT=40001 ;a;received=203.0.113.7"),
            (
                "SIP/2.0/UDP h;rport , SIP/2.0/UDP g;rport",
                "SIP/2.0/UDP h;rport=40001;received=203.0.113.7, SIP/2.0/UDP g;rport",
            ),
            ("SIP/2.0/UDP h;x=\"a,b\"", "SIP/2.0/UDP h;x=\"a,b\";received=203.0.113.7"),
            ("SIP/2.0/UDP h;rport=5", "SIP/2.0/UDP h;rport=5;received=203.0.113.7"),
            (
                "SIP/2.0/UDP h;received=203.0.113.7;rport",
                "SIP/2.0/UDP h;received=203.0.113.7;rport=40001",
            ),
        ] {
            let request = request(format!("Via: {via}\r\nVia: SIP/2.0/UDP z;rport\r\n").as_bytes());
            let bytes = Builder::response_to(&request, 200, "OK").source(source).finish();
            let both = format!("\r\nVia: {expected}\r\nVia: SIP/2.0/UDP z;rport\r\n");
            assert!(text(&bytes).contains(&both), "{via}: {}", text(&bytes));
            let response = Message::parse(bytes, Framing::Stream).unwrap();
            assert_eq!(response.top_via().unwrap().received, Some("203.0.113.7"));
        }
    }

    #[test]
    fn copies_of_other_messages_keep_their_bytes() {
        let invite = request(b"v: SIP/2.0/UDP h\r\n ;branch=x\r\ni:  y \r\n");
        let bytes = Builder::request(&Method::Cancel, "sip:a@b")
            .copy(&invite, HeaderName::Via)
            .copy(&invite, HeaderName::CallId)
            .finish();
        assert!(text(&bytes).contains("Via: SIP/2.0/UDP h\r\n ;branch=x\r\nCall-ID: y\r\n"));
    }
}
