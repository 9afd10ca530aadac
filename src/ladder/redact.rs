//! Removes secrets from messages before they are written.
//!
//! Each octet of a secret becomes `*`, so that lengths and framing stay as they were. Removed are:
//! answers to challenges and their nonces, passwords in URIs, the keys of media (RFC 4568), the keys
//! that a caller pressed (INFO, and NOTIFY of RFC 4730), and the buyer's key for reports.

use std::ops::Range;

use crate::call::KEY_HEADER;
use crate::sip::wire::HeaderName;

use super::hide::hide;
use super::scan;

/// Parameters of credentials and challenges that are secret, or that let others find a secret (RFC
/// 7616 §3.4).
const SECRET: [&str; 7] = ["auts", "cnonce", "nextnonce", "nonce", "opaque", "response", "rspauth"];
/// Starts of lines in session descriptions, and where a secret begins in them: after the text.
const KEYS: [(&str, &str); 4] = [
    ("a=crypto:", "inline:"),
    ("a=ice-pwd:", "a=ice-pwd:"),
    ("a=key-mgmt:", "a=key-mgmt:"),
    ("k=", "k="),
];

/// Removes the secrets of a message.
pub(super) fn redact(message: &mut [u8]) {
    let lines = scan::lines(message);
    let start = 0..lines.first().map_or(message.len(), |line| line.name.start);
    hide_passwords(message, start);
    for line in lines {
        let name = message.get(line.name).unwrap_or_default();
        match HeaderName::lookup(name) {
            Some(
                HeaderName::Authorization
                | HeaderName::ProxyAuthorization
                | HeaderName::WwwAuthenticate
                | HeaderName::ProxyAuthenticate,
            ) => hide_credentials(message, line.value),
            Some(HeaderName::AuthenticationInfo) => hide_params(message, line.value),
            None if name.eq_ignore_ascii_case(KEY_HEADER.as_bytes()) => hide(message, line.value),
            Some(_) | None => hide_passwords(message, line.value),
        }
    }
    let body = scan::body(message);
    hide_media_keys(message, body.clone());
    if is_of_keys(message) {
        hide_pressed_keys(message, body);
    }
}

/// Returns whether a message's body reports keys that were pressed.
fn is_of_keys(message: &[u8]) -> bool {
    let reports = message.starts_with(b"INFO ") || message.starts_with(b"NOTIFY ");
    reports && !scan::is_sdp(message)
}

/// Hides the secrets of credentials or a challenge. Of any scheme but Digest, all is secret.
fn hide_credentials(message: &mut [u8], value: Range<usize>) {
    let text = message.get(value.clone()).unwrap_or_default();
    let blank = text.iter().take_while(|octet| octet.is_ascii_whitespace()).count();
    let scheme = text.iter().skip(blank).take_while(|octet| !octet.is_ascii_whitespace()).count();
    let is_digest =
        text.get(blank..blank + scheme).is_some_and(|name| name.eq_ignore_ascii_case(b"digest"));
    let params = value.start + blank + scheme..value.end;
    if is_digest { hide_params(message, params) } else { hide(message, params) }
}

/// Hides the values of [`SECRET`] parameters.
fn hide_params(message: &mut [u8], range: Range<usize>) {
    let mut at = range.start;
    while at < range.end {
        let param = param_end(message, at, range.end);
        let text = message.get(at..param).unwrap_or_default();
        if let Some(equals) = text.iter().position(|octet| *octet == b'=') {
            let name = text.get(..equals).unwrap_or_default().trim_ascii();
            if SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes())) {
                hide(message, at + equals + 1..param);
            }
        }
        at = param + 1;
    }
}

/// Returns where the parameter at `from` ends: at a comma outside quotes.
fn param_end(message: &[u8], from: usize, end: usize) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for at in from..end {
        match message.get(at) {
            Some(_) if escaped => escaped = false,
            Some(b'\\') if quoted => escaped = true,
            Some(b'"') => quoted = !quoted,
            Some(b',') if !quoted => return at,
            Some(_) | None => {}
        }
    }
    end
}

/// Hides the passwords of SIP URIs: `sip:user:password@host` (RFC 3261 §19.1.1).
fn hide_passwords(message: &mut [u8], range: Range<usize>) {
    let mut at = range.start;
    while at < range.end {
        let rest = message.get(at..range.end).unwrap_or_default();
        let starts = |scheme: &[u8]| {
            rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        let scheme = if starts(b"sip:") {
            4
        } else if starts(b"sips:") {
            5
        } else {
            at += 1;
            continue;
        };
        let uri = rest.get(scheme..).unwrap_or_default();
        let is_end = |octet: &u8| octet.is_ascii_whitespace() || b"<>\"".contains(octet);
        let end = uri.iter().position(is_end).unwrap_or(uri.len());
        let uri = uri.get(..end).unwrap_or_default();
        if let Some(host) = uri.iter().position(|octet| *octet == b'@')
            && let Some(password) =
                uri.get(..host).unwrap_or_default().iter().position(|o| *o == b':')
        {
            hide(message, at + scheme + password + 1..at + scheme + host);
        }
        at += scheme + end;
    }
}

/// Hides the keys of media in a session description, wherever it is in the body.
fn hide_media_keys(message: &mut [u8], body: Range<usize>) {
    for line in body_lines(message, body) {
        let text = message.get(line.clone()).unwrap_or_default();
        let found = KEYS.iter().find_map(|(start, before)| {
            let is_key = text.get(..start.len())?.eq_ignore_ascii_case(start.as_bytes());
            let mut parts = text.windows(before.len());
            let at =
                parts.position(|part| is_key && part.eq_ignore_ascii_case(before.as_bytes()))?;
            Some(at + before.len())
        });
        if let Some(from) = found {
            hide(message, line.start + from..line.end);
        }
    }
}

/// Hides all of a body but the names before `=`.
fn hide_pressed_keys(message: &mut [u8], body: Range<usize>) {
    for line in body_lines(message, body) {
        let text = message.get(line.clone()).unwrap_or_default();
        let from = text.iter().position(|octet| *octet == b'=').map_or(0, |at| at + 1);
        hide(message, line.start + from..line.end);
    }
}

/// Returns the lines of a body, without their ends.
fn body_lines(message: &[u8], body: Range<usize>) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut at = body.start;
    let octets = message.get(body).unwrap_or_default();
    for line in octets.split_inclusive(|octet| *octet == b'\n' || *octet == b'\r') {
        lines.push(at..at + line.len());
        at += line.len();
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redacted(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        redact(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    fn header(line: &str) -> String {
        let text = redacted(&format!("INVITE sip:h SIP/2.0\r\n{line}\r\n\r\n"));
        text.lines().nth(1).unwrap().to_owned()
    }

    #[test]
    fn secrets_of_headers_are_hidden() {
        for (line, expected) in [
            (
                "Authorization: Digest username=\"ann\", realm=\"r, response=x\", nonce=\"n\\\"o\", \
                 uri=\"sip:h\", response=\"0123\", cnonce=\"ab\", nc=00000001, qop=auth",
                "Authorization: Digest username=\"ann\", realm=\"r, response=x\", nonce=******, \
                 uri=\"sip:h\", response=******, cnonce=****, nc=00000001, qop=auth",
            ),
            (
                "proxy-authorization : digest RESPONSE = \"01\",opaque=x",
                "proxy-authorization : digest RESPONSE = ****,opaque=*",
            ),
            ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ************"),
            (
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"abc\", stale=true",
                "WWW-Authenticate: Digest realm=\"r\", nonce=*****, stale=true",
            ),
            ("Proxy-Authenticate: Digest nonce=\"a\"", "Proxy-Authenticate: Digest nonce=***"),
            (
                "Authentication-Info: nextnonce=\"a\", qop=auth, rspauth=\"b\"",
                "Authentication-Info: nextnonce=***, qop=auth, rspauth=***",
            ),
            ("X-Strowger-Key: abcd", "X-Strowger-Key:****"),
            ("x-strowger-key: abcd", "x-strowger-key:****"),
            (
                "From: \"a:b@c\" <sip:ann:pass@h:5060>;tag=1",
                "From: \"a:b@c\" <sip:ann:****@h:5060>;tag=1",
            ),
            ("Contact: sips:ann:pass@h", "Contact: sips:ann:****@h"),
            ("Contact: <sip:ann@[2001:db8::1]:5060>", "Contact: <sip:ann@[2001:db8::1]:5060>"),
            ("Identity: eyJh;info=<https://h/c>", "Identity: eyJh;info=<https://h/c>"),
        ] {
            assert_eq!(header(line).replace(": *", ":*"), expected.replace(": *", ":*"), "{line}");
        }
        let folded =
            redacted("ACK sip:a:pw@h SIP/2.0\r\nAuthorization: Digest\r\n response=\"12\"\r\n\r\n");
        assert_eq!(
            folded,
            "ACK sip:a:**@h SIP/2.0\r\nAuthorization: Digest\r\n response=****\r\n\r\n"
        );
    }

    #[test]
    fn keys_of_media_are_hidden() {
        for (line, expected) in [
            (
                "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4",
                "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:*************************************************",
            ),
            ("k=base64:abcd", "k=***********"),
            ("a=ice-pwd:secret", "a=ice-pwd:******"),
            ("a=key-mgmt:mikey AQ", "a=key-mgmt:***** **"),
            ("a=rtpmap:0 PCMU/8000", "a=rtpmap:0 PCMU/8000"),
            ("a=fingerprint:sha-256 AB", "a=fingerprint:sha-256 AB"),
        ] {
            for kind in ["application/sdp", "multipart/mixed;boundary=x"] {
                let text = |line: &str| {
                    format!(
                        "INVITE sip:h SIP/2.0\r\nContent-Type: {kind}\r\n\r\nv=0\r\n{line}\r\ns=-\r\n"
                    )
                };
                assert_eq!(redacted(&text(line)), text(expected), "{line}");
            }
        }
    }

    #[test]
    fn pressed_keys_are_hidden() {
        for (method, kind, body, expected) in [
            (
                "INFO",
                "application/dtmf-relay",
                "Signal=5\r\nDuration=160\r\n",
                "Signal=*\r\nDuration=***\r\n",
            ),
            ("INFO", "application/dtmf-relay", "Signal= #\n", "Signal= *\n"),
            ("INFO", "application/dtmf", "5", "*"),
            ("INFO", "application/unknown", "pin 1234", "*** ****"),
            ("NOTIFY", "application/kpml-response+xml", "<k digits=\"12\"/>", "<k digits=******"),
            ("INFO", "application/sdp", "v=0\r\n", "v=0\r\n"),
            ("MESSAGE", "text/plain", "hello", "hello"),
        ] {
            let text = |body: &str| format!("{method} sip:h SIP/2.0\r\nc: {kind}\r\n\r\n{body}");
            assert_eq!(redacted(&text(body)), text(expected), "{method} {kind} {body}");
        }
    }

    proptest! {
        /// Whatever the octets are, no more and no fewer come out, and once is enough.
        #[test]
        fn lengths_stay(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut once = octets.clone();
            redact(&mut once);
            prop_assert_eq!(once.len(), octets.len());
            let mut twice = once.clone();
            redact(&mut twice);
            prop_assert_eq!(twice, once);
        }

        #[test]
        fn a_password_is_in_no_message(
            secret in "[a-f0-9]{12,32}", before in "[a-z]{0,9}", spaces in " {0,3}",
            name in "(?i)(proxy-)?authorization", param in "response|nonce|cnonce|opaque",
        ) {
            let text = format!(
                "INVITE sip:x{before}:{secret}@h SIP/2.0\r\n{name}{spaces}:{spaces}Digest \
                 realm=\"{before}\",{spaces}{param}{spaces}={spaces}\"{secret}\"\r\n\
                 Content-Type: application/sdp\r\n\r\na=crypto:1 X inline:{secret}\r\n"
            );
            prop_assert!(!redacted(&text).contains(&secret), "{}", redacted(&text));
        }
    }
}
