//! Why a far end ended a call: the Reason header (RFC 3326, RFC 4411).

use std::fmt::Write as _;
use std::sync::Arc;

use super::wire::Elements;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Params;
use super::wire::is_token;

/// Most values that are read of one message.
const VALUES_MAX: usize = 4;
/// Longest text of a value, in characters; the rest is cut off.
const TEXT_MAX: usize = 100;
/// Longest name of a protocol, in bytes.
const PROTOCOL_MAX: usize = 32;

/// Why a far end hung up, canceled, or refused a call, as it is passed on and recorded: like
/// `Q.850;cause=16;text="Normal call clearing"`. At most [`VALUES_MAX`] values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason {
    line: Arc<str>,
    is_elsewhere: bool,
}

impl Reason {
    /// Reads the values of a message that have a protocol, and a cause or a text; others are skipped.
    /// Returns `None` without any.
    pub(super) fn read(message: &Message) -> Option<Reason> {
        let values = message.headers(HeaderName::Reason).flat_map(Elements::of);
        Reason::of(values.filter_map(Value::parse).take(VALUES_MAX))
    }

    fn of<'a>(values: impl Iterator<Item = Value<'a>>) -> Option<Reason> {
        let (mut line, mut is_elsewhere) = (String::new(), false);
        for value in values {
            is_elsewhere |= value.is_elsewhere();
            value.write(&mut line);
        }
        (!line.is_empty()).then(|| Reason { line: line.into(), is_elsewhere })
    }

    /// Reads one header's value.
    #[cfg(test)]
    pub(crate) fn of_line(line: &str) -> Option<Reason> {
        Reason::of(Elements::of(line).filter_map(Value::parse))
    }

    /// Returns the header's value.
    pub fn as_str(&self) -> &str {
        &self.line
    }

    /// Returns whether the call was answered elsewhere: `SIP;cause=200` (RFC 3326 §3.2).
    pub fn is_elsewhere(&self) -> bool {
        self.is_elsewhere
    }
}

/// One value of the header.
struct Value<'a> {
    protocol: &'a str,
    /// Status of SIP, or code of ITU-T Q.850.
    cause: Option<u16>,
    text: String,
}

impl<'a> Value<'a> {
    fn parse(text: &'a str) -> Option<Value<'a>> {
        let (protocol, rest) = text.split_at(text.find(';')?);
        let protocol = protocol.trim_ascii();
        let params = Params::parse(rest).ok()?;
        let cause = params.find("cause").and_then(|cause| cause.parse().ok());
        let text = params.find("text").map(plain).unwrap_or_default();
        let is_known = is_token(protocol.as_bytes()) && protocol.len() <= PROTOCOL_MAX;
        let says = cause.is_some() || !text.is_empty();
        (is_known && says).then_some(Value { protocol, cause, text })
    }

    fn is_elsewhere(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("SIP") && self.cause == Some(200)
    }

    fn write(&self, line: &mut String) {
        let comma = if line.is_empty() { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(line, "{comma}{}", self.protocol);
        if let Some(cause) = self.cause {
            let _ = write!(line, ";cause={cause}");
        }
        if !self.text.is_empty() {
            let _ = write!(line, ";text=\"{}\"", self.text);
        }
    }
}

/// Returns a text without quotes, escapes, and control characters, and at most [`TEXT_MAX`] long.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\'));
    kept.take(TEXT_MAX).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    fn read(headers: &str) -> Option<Reason> {
        let text = format!("BYE sip:h SIP/2.0\r\n{headers}\r\n\r\n");
        Reason::read(&Message::parse(text, Framing::Datagram).unwrap())
    }

    #[test]
    fn what_can_be_read_is_kept_as_it_may_be_passed_on() {
        for (headers, expected) in [
            (
                "Reason: Q.850;cause=16;text=\"Normal call clearing\"",
                "Q.850;cause=16;text=\"Normal call clearing\"",
            ),
            (
                "Reason: SIP ;cause=200 ;text=\"Call completed elsewhere\"",
                "SIP;cause=200;text=\"Call completed elsewhere\"",
            ),
            // Several, in one line and in two.
            (
                "Reason: Q.850;cause=31, SIP;cause=480\r\nREASON: X;text=\"a, b; c\"",
                "Q.850;cause=31, SIP;cause=480, X;text=\"a, b; c\"",
            ),
            // RFC 4411.
            (
                "Reason: preemption ;cause=1 ;text=\"UA Preemption\"",
                "preemption;cause=1;text=\"UA Preemption\"",
            ),
            // What Asterisk and FreeSWITCH write.
            ("Reason: Q.850;cause=16", "Q.850;cause=16"),
            (
                "Reason: Q.850;cause=16;text=\"NORMAL_CLEARING\"",
                "Q.850;cause=16;text=\"NORMAL_CLEARING\"",
            ),
            ("Reason: q.850;text=busy;CAUSE=17;x=y", "q.850;cause=17;text=\"busy\""),
            ("Reason: Q.850;text=\"a \\\"b\\\" \tc\"", "Q.850;text=\"a b c\""),
            // Of these, one value can be read.
            (
                "Reason: ;cause=1, Q.850, Q 850;cause=1, SIP;cause=x, SIP;cause=99999, Q.850;cause=3",
                "Q.850;cause=3",
            ),
        ] {
            let reason = read(headers);
            assert_eq!(reason.as_ref().map(Reason::as_str), Some(expected), "{headers}");
        }
        for nothing in
            ["X: y", "Reason:", "Reason: Q.850", "Reason: ;;", "Reason: Q.850;cause=\"16"]
        {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let long = "x".repeat(500);
        let reason = read(&format!("Reason: Q.850;cause=1;text=\"{long}\"")).unwrap();
        assert_eq!(reason.as_str().len(), "Q.850;cause=1;text=\"\"".len() + TEXT_MAX);
        assert_eq!(read(&format!("Reason: {long};cause=1")), None);
        let many = read(&format!("Reason: {}", ["Q.850;cause=1"; 9].join(", "))).unwrap();
        assert_eq!(many.as_str().matches("cause").count(), VALUES_MAX);
    }

    #[test]
    fn only_sip_200_means_answered_elsewhere() {
        for (headers, elsewhere) in [
            ("Reason: SIP;cause=200", true),
            ("Reason: Q.850;cause=26, sip;cause=200;text=\"x\"", true),
            ("Reason: Q.850;cause=200", false),
            ("Reason: SIP;cause=487", false),
        ] {
            assert_eq!(read(headers).unwrap().is_elsewhere(), elsewhere, "{headers}");
        }
    }
}
