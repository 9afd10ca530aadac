//! What stands at the arrow of a message.

use super::message::LadderMessage;
use super::scan;

/// Longest summary in characters; a longer one ends with `…`.
pub(super) const SUMMARY_MAX: usize = 36;

impl LadderMessage {
    /// Returns the method, or status and reason phrase; `(SDP)` if the body describes a session, and
    /// the method that a response answers unless it is INVITE. At most 36 characters.
    pub fn summary(&self) -> String {
        let start = self.bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next();
        let start = String::from_utf8_lossy(start.unwrap_or_default());
        let mut summary = match start.strip_prefix("SIP/2.0 ") {
            Some(status) => status.trim().to_owned(),
            None => start.split(' ').next().unwrap_or_default().to_owned(),
        };
        match scan::method_of_response(&self.bytes) {
            Some(b"INVITE") | None => {}
            Some(method) => summary += &format!(" to {}", String::from_utf8_lossy(method)),
        }
        let kind = scan::value(&self.bytes, "content-type", b'c').unwrap_or_default();
        let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
        if kind.starts_with("application/sdp") || kind.starts_with("multipart/") {
            summary += " (SDP)";
        }
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        let summary: String = summary.chars().map(clean).collect();
        match summary.char_indices().nth(SUMMARY_MAX) {
            None => summary,
            Some(_) => summary.chars().take(SUMMARY_MAX - 1).chain(['…']).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ladder::sample::call;
    use crate::ladder::sample::ladder;

    #[test]
    fn messages_are_named_by_what_they_do() {
        let found: Vec<_> = ladder(call(1)).messages.iter().map(|m| m.summary()).collect();
        let expected = [
            "INVITE (SDP)",
            "100 Trying",
            "INVITE (SDP)",
            "INVITE (SDP)",
            "486 Busy Here",
            "ACK",
            "BYE",
            "200 OK to BYE",
        ];
        assert_eq!(found, expected);
        let mut one = ladder(call(1)).messages.remove(0);
        one.bytes = b"SIP/2.0 499 A phrase that is longer than the arrow\r\n\r\n".to_vec();
        assert_eq!(one.summary(), "499 A phrase that is longer than th…");
        one.bytes = b"\x00\xff".to_vec();
        assert_eq!(one.summary(), " \u{fffd}");
    }
}
