//! Reads malformed responses. A phone that answered must be acknowledged and hung up, even if a
//! header of its response is malformed.

use super::HeaderName;
use super::Message;
use super::Method;
use super::method::is_token;

impl Message {
    /// Returns the branch of the first Via, even if that is malformed.
    pub fn branch(&self) -> Option<&str> {
        match self.top_via() {
            Ok(via) => via.branch,
            Err(_) => param(self.header(HeaderName::Via)?, "branch"),
        }
    }

    /// Returns the tag of the first To, even if that is malformed.
    pub fn to_tag(&self) -> Option<&str> {
        match self.to() {
            Ok(to) => to.tag,
            Err(_) => param(self.header(HeaderName::To)?, "tag"),
        }
    }

    /// Returns the method of CSeq, even if the number is malformed.
    pub fn cseq_method(&self) -> Option<Method> {
        let text = self.header(HeaderName::Cseq)?;
        Method::parse(text.trim_ascii().rsplit([' ', '\t']).next()?)
    }
}

/// Returns the last parameter of this name whose value is a token. Quotes and brackets are ignored,
/// because in a malformed value they may be unbalanced.
fn param<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.rsplit(';').find_map(|part| {
        let (known, value) = part.split_once('=')?;
        let value = value.trim_ascii();
        let found = known.trim_ascii().eq_ignore_ascii_case(name) && is_token(value.as_bytes());
        found.then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    fn response(line: &str) -> Message {
        Message::parse(format!("SIP/2.0 200 OK\r\n{line}\r\n\r\n"), Framing::Datagram).unwrap()
    }

    #[test]
    fn what_counts_is_read_of_broken_values() {
        for (value, expected) in [
            ("SIP/2.0/UDP h;branch=z9hG4bK1;rport=", Some("z9hG4bK1")),
            ("SIP/2.0/UDP [::1;branch = z9hG4bK1 ;received=", Some("z9hG4bK1")),
            ("SIP/2.0/UDP h;branch=z9hG4bK1", Some("z9hG4bK1")),
            ("SIP/2.0/UDP h;;", None),
        ] {
            assert_eq!(response(&format!("v: {value}")).branch(), expected, "{value}");
        }
        for (value, expected) in [
            ("\"open <sip:a@h>;tag=t1", Some("t1")),
            ("alan@h;tag=t1", Some("t1")),
            ("<sip:a@h>;tag=t1;;", Some("t1")),
            ("<sip:a@h;tag=no>;TAG=t1", Some("t1")),
            ("alan@h;tag=", None),
            ("alan@h", None),
        ] {
            assert_eq!(response(&format!("To: {value}")).to_tag(), expected, "{value}");
        }
        for (value, expected) in [
            ("1 INVITE", Some(Method::Invite)),
            ("x  BYE", Some(Method::Bye)),
            ("99999999999 INVITE", Some(Method::Invite)),
            ("", None),
        ] {
            assert_eq!(response(&format!("CSeq: {value}")).cseq_method(), expected, "{value}");
        }
    }
}
