//! The Warning header: why a session description was not accepted (RFC 3261 §20.43).

use super::wire::HeaderName;
use super::wire::Message;

/// Name of the agent in its warnings: a pseudonym, which hides the host.
const AGENT: &str = "strowger";
/// Most characters of a warning's text.
const TEXT_MAX: usize = 200;
/// "Media type not available."
const MEDIA_TYPE: u16 = 304;
/// "Incompatible media format."
const MEDIA_FORMAT: u16 = 305;

/// A warning to the far end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Warn-code, 300 to 399.
    pub code: u16,
    /// Text for people; longer than 200 characters it is cut.
    pub text: String,
}

impl Warning {
    /// Returns the value of a Warning header.
    pub(super) fn value(&self) -> String {
        let quoted = |c: char| match c {
            '"' | '\\' => ' ',
            c if c.is_control() => ' ',
            c => c,
        };
        let text: String = self.text.chars().take(TEXT_MAX).map(quoted).collect();
        format!("{} {AGENT} \"{text}\"", self.code)
    }
}

/// Response to an offer that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    /// Status.
    pub status: u16,
    /// Why, for the far end.
    pub warning: Option<Warning>,
}

impl Declined {
    /// Creates a response without a warning.
    pub const fn plain(status: u16) -> Self {
        Self { status, warning: None }
    }
}

/// Reason that a far end gives for a 488 or 606.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Objection {
    /// To the media: their type or format (304, 305), or it names no reason.
    Media,
    /// To something else: transport, address, bandwidth…
    Other,
}

impl Objection {
    /// Reads the Warning headers of a response. Of several warnings, one about the media counts
    /// most. Some gear omits the agent, so only the code is read.
    pub(super) fn read(response: &Message) -> Objection {
        let codes = response.headers(HeaderName::Warning).filter_map(|value| {
            value.split_ascii_whitespace().next().and_then(|code| code.parse::<u16>().ok())
        });
        let mut objection = Objection::Media;
        for code in codes {
            match code {
                MEDIA_TYPE | MEDIA_FORMAT => return Objection::Media,
                300..=399 => objection = Objection::Other,
                _ => {}
            }
        }
        objection
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    #[test]
    fn a_warning_is_one_line_whatever_its_text() {
        let long = "x".repeat(300);
        for (text, expected) in [
            ("no codec in common", "305 strowger \"no codec in common\""),
            ("a \"b\" \\c\r\nVia: x", "305 strowger \"a  b   c  Via: x\""),
            (&long, &format!("305 strowger \"{}\"", "x".repeat(200))),
        ] {
            assert_eq!(Warning { code: 305, text: text.to_owned() }.value(), expected);
        }
    }

    /// Warnings of gear in the field, and what they object to.
    #[test]
    fn objections_of_real_gear_are_told_apart() {
        for (warnings, expected) in [
            ("", Objection::Media),
            (
                "Warning: 305 devnull \"SDP: Incompatible media format: no common codec\"\r\n",
                Objection::Media,
            ),
            ("Warning: 304 \"Media type not available\"\r\n", Objection::Media),
            ("Warning: 304 192.0.2.7 \"Media Type(s) Unavailable\"\r\n", Objection::Media),
            ("Warning: 305\r\n", Objection::Media),
            ("Warning: 370 192.0.2.7 \"Insufficient Bandwidth\"\r\n", Objection::Other),
            ("Warning: 370 transcode budget exhausted\r\n", Objection::Other),
            ("Warning: 370 devnull \"Choose a bigger pipe\"\r\n", Objection::Other),
            ("Warning: 302 x \"Incompatible transport protocol\"\r\n", Objection::Other),
            ("Warning: 301 x \"Incompatible network address formats\"\r\n", Objection::Other),
            ("Warning: 399 GS \"Unable to accept call\"\r\n", Objection::Other),
            // Several: in one header, in two.
            ("Warning: 307 isi.edu \"a, b\", 305 isi.edu \"codec\"\r\n", Objection::Media),
            ("Warning: 399 x \"a\"\r\nWarning: 304 x \"b\"\r\n", Objection::Media),
            ("Warning: 399 x \"305 codecs\"\r\n", Objection::Other),
            ("Warning: none\r\n", Objection::Media),
            ("Warning: 99999999 x \"y\"\r\n", Objection::Media),
        ] {
            let text = format!(
                "SIP/2.0 488 Not Acceptable Here\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n\
                 From: <sip:a@h>;tag=1\r\nTo: <sip:x@y>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
                 {warnings}\r\n"
            );
            let response = Message::parse(text, Framing::Datagram).unwrap();
            assert_eq!(Objection::read(&response), expected, "{warnings}");
        }
    }
}
