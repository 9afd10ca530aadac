//! Finds the session description in a message's body, alone or in a multipart body (RFC 5621 §3.1).

use std::ops::Range;

use bytes::Bytes;

use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Params;

/// Content type of every body that the agent sends, and the one that it reads.
pub(super) const SDP: &str = "application/sdp";
/// Most parts of a body that are read.
const PARTS_MAX: usize = 16;

/// Returns the SDP in a message, if any.
pub(super) fn sdp(message: &Message) -> Option<Bytes> {
    let kind = message.content_type()?;
    let body = message.body_bytes();
    if body.is_empty() {
        return None;
    }
    if kind.eq_ignore_ascii_case(SDP) {
        return Some(body);
    }
    let is_multipart = kind.get(..10).is_some_and(|k| k.eq_ignore_ascii_case("multipart/"));
    let delimiter = format!("--{}", boundary(message).filter(|_| is_multipart)?);
    parts(&body, delimiter.as_bytes()).into_iter().find_map(|part| {
        let bytes = body.get(part.clone())?;
        let head_len = find(bytes, b"\r\n\r\n")?;
        let is_sdp = bytes.get(..head_len)?.split(|byte| *byte == b'\n').any(is_sdp_type);
        is_sdp.then(|| body.slice(part.start + head_len + 4..part.end))
    })
}

fn boundary(message: &Message) -> Option<&str> {
    let value = message.header(HeaderName::ContentType)?;
    let params = Params::parse(value.get(value.find(';')?..)?).ok()?;
    let text = params.find("boundary")?;
    Some(text.trim_matches('"')).filter(|text| !text.is_empty())
}

/// Returns the ranges between delimiter lines.
fn parts(body: &[u8], delimiter: &[u8]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = find(body, delimiter).map(|at| at + delimiter.len());
    while let Some(start) = from.filter(|_| parts.len() < PARTS_MAX) {
        let rest = body.get(start..).unwrap_or_default();
        let Some(length) = find(rest, delimiter) else { break };
        let part = rest.get(..length).unwrap_or_default();
        let part = part.strip_suffix(b"\r\n").unwrap_or(part);
        parts.push(start..start + part.len());
        from = Some(start + length + delimiter.len());
    }
    parts
}

fn is_sdp_type(line: &[u8]) -> bool {
    let Ok(line) = str::from_utf8(line) else { return false };
    let Some((name, value)) = line.split_once(':') else { return false };
    HeaderName::parse(name.trim()) == HeaderName::ContentType
        && value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(SDP))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    #[test]
    fn sdp_is_found_alone_and_among_others() {
        let mixed = "multipart/mixed;boundary=\"b 1\"";
        let isup = "--b 1\r\nContent-Type: application/isup\r\n\r\n\u{1}\u{2}\r\n";
        let sdp_part = "--b 1\r\nC : application/SDP ; x=y\r\n\r\nv=0\r\no=-\r\n\r\n--b 1--\r\n";
        let both = format!("preamble\r\n{isup}{sdp_part}");
        for (kind, body, expected) in [
            ("application/sdp", "v=0", Some("v=0")),
            ("Application/SDP;charset=x", "v=0", Some("v=0")),
            ("application/sdp", "", None),
            ("text/plain", "v=0", None),
            (mixed, &*both, Some("v=0\r\no=-\r\n")),
            (mixed, &*format!("{isup}--b 1--"), None),
            (mixed, "--b 1", None),
            (mixed, "", None),
            ("multipart/mixed", &*both, None),
            ("multipart/mixed;boundary=", &*both, None),
            ("text/plain;boundary=\"b 1\"", &*both, None),
        ] {
            let text = format!("INVITE sip:h SIP/2.0\r\nContent-Type: {kind}\r\n\r\n{body}");
            let message = Message::parse(text, Framing::Datagram).unwrap();
            let expected = expected.map(|text| Bytes::copy_from_slice(text.as_bytes()));
            assert_eq!(sdp(&message), expected, "{kind} {body:?}");
        }
    }
}
