//! Finds headers in the octets of a message without reading the rest: every message of the endpoint
//! passes here.

use std::ops::Range;

use crate::base::LegId;

/// A header line: its name and its value, as positions. Folded lines belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Returns the value of the first header with one of two names, without white space around it.
pub(super) fn value<'a>(message: &'a [u8], long: &str, short: u8) -> Option<&'a [u8]> {
    let mut at = end_of_line(message, 0);
    while let Some(first) = message.get(at) {
        let end = end_of_line(message, at);
        // One comparison leaves most lines out.
        let letter = first.to_ascii_lowercase();
        if letter == b'\r' || letter == b'\n' {
            return None;
        }
        let line = message.get(at..end).unwrap_or_default();
        if (letter == short || Some(&letter) == long.as_bytes().first())
            && let Some(colon) = line.iter().position(|byte| *byte == b':')
        {
            let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
            if name.eq_ignore_ascii_case(long.as_bytes()) || name.eq_ignore_ascii_case(&[short]) {
                return line.get(colon + 1..).map(<[u8]>::trim_ascii);
            }
        }
        at = end;
    }
    None
}

/// Returns the Call-ID of a message.
pub(super) fn call_id(message: &[u8]) -> Option<&[u8]> {
    value(message, "call-id", b'i')
}

/// Returns the leg whose tag is in From: that of a request that the switch sent.
pub(super) fn own_leg(message: &[u8]) -> Option<LegId> {
    let from = value(message, "from", b'f')?;
    let at = from.windows(5).rposition(|part| part.eq_ignore_ascii_case(b";tag="))?;
    let tag = from.get(at + 5..)?;
    let end = tag.iter().position(|byte| *byte == b';').unwrap_or(tag.len());
    LegId::of_tag(str::from_utf8(tag.get(..end)?).ok()?)
}

/// Returns whether a message ends a call: BYE or CANCEL, or a response to one.
pub(super) fn is_ending(message: &[u8]) -> bool {
    let ends = |method: &[u8]| method == b"BYE" || method == b"CANCEL";
    let is_request = ends(message.split(|byte| *byte == b' ').next().unwrap_or_default());
    is_request || method_of_response(message).is_some_and(ends)
}

/// Returns the method that a response answers; `None` for a request.
pub(super) fn method_of_response(message: &[u8]) -> Option<&[u8]> {
    message.starts_with(b"SIP/2.0 ").then_some(())?;
    let cseq = value(message, "cseq", b'\0')?;
    cseq.rsplit(|byte| *byte == b' ').next()
}

/// Returns whether the body of a message is a session description.
pub(super) fn is_sdp(message: &[u8]) -> bool {
    let kind = value(message, "content-type", b'c').unwrap_or_default();
    kind.get(..15).is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/sdp"))
}

/// Returns the body of a message, as a position.
pub(super) fn body(message: &[u8]) -> Range<usize> {
    let at = message.windows(4).position(|part| part == b"\r\n\r\n");
    at.map_or(message.len(), |at| at + 4)..message.len()
}

/// Returns the header lines of a message, without the start line.
pub(super) fn lines(message: &[u8]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut at = end_of_line(message, 0);
    while let Some(first) = message.get(at) {
        let end = end_of_line(message, at);
        let line = message.get(at..end).unwrap_or_default();
        if line.trim_ascii().is_empty() {
            break;
        }
        match (first, lines.last_mut()) {
            (b' ' | b'\t', Some(before)) => before.value.end = end,
            _ => {
                let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
                let name = line.get(..colon).unwrap_or_default().trim_ascii_end().len();
                let value = (at + colon + 1).min(end)..end;
                lines.push(Line { name: at..at + name, value });
            }
        }
        at = end;
    }
    lines
}

/// Returns the start of the line after the one at `from`.
fn end_of_line(message: &[u8], from: usize) -> usize {
    let rest = message.get(from..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(message.len(), |at| from + at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_are_found_by_either_name() {
        for (text, expected) in [
            ("BYE sip:h SIP/2.0\r\nCall-ID: a@b\r\n\r\n", Some("a@b")),
            ("BYE sip:h SIP/2.0\r\nCSeq: 1 BYE\r\nCALL-id :\t a@b \r\n\r\n", Some("a@b")),
            ("BYE sip:h SIP/2.0\r\ni:a@b\r\n\r\n", Some("a@b")),
            ("BYE sip:h SIP/2.0\nI: a@b", Some("a@b")),
            ("BYE sip:h SIP/2.0\r\nIn-Reply-To: x\r\n\r\nCall-ID: body", None),
            ("Call-ID: first line", None),
            ("\r\n\r\n", None),
            ("", None),
        ] {
            let found = call_id(text.as_bytes()).map(|value| str::from_utf8(value).unwrap());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_leg_is_that_of_our_tag_in_from() {
        for (from, expected) in [
            ("<sip:a@h>;tag=00000000000000ff", Some(255)),
            ("<sip:a@h;tag=1>;x=y;TAG=00000000000000fe;z", Some(254)),
            ("<sip:a@h>;tag=ff", None),
            ("<sip:a@h>", None),
        ] {
            let text = format!("INVITE sip:h SIP/2.0\r\nFrom: {from}\r\n\r\n");
            assert_eq!(own_leg(text.as_bytes()), expected.map(LegId), "{from}");
        }
    }

    #[test]
    fn ends_of_calls_are_recognised() {
        for (start, cseq, expected) in [
            ("BYE sip:h SIP/2.0", "1 BYE", true),
            ("SIP/2.0 200 OK", "1 BYE", true),
            ("SIP/2.0 200 OK", "1  CANCEL", true),
            ("SIP/2.0 200 OK", "1 INVITE", false),
            ("INVITE sip:BYE@h SIP/2.0", "1 INVITE", false),
        ] {
            let text = format!("{start}\r\nCSeq: {cseq}\r\n\r\n");
            assert_eq!(is_ending(text.as_bytes()), expected, "{start}");
        }
    }

    proptest! {
        /// Nothing that comes from a network breaks it.
        #[test]
        fn any_octets_are_scanned(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (call_id(&octets), own_leg(&octets), is_ending(&octets));
            let body = body(&octets);
            prop_assert!(body.start <= body.end && body.end == octets.len());
            for line in lines(&octets) {
                prop_assert!(line.value.start <= line.value.end && line.value.end <= octets.len());
            }
        }
    }
}
