//! Removes from a message what identifies a caller, for readers who may not see that: the end of
//! every number, the names and users of addresses, headers that are not of SIP itself, and bodies
//! other than session descriptions. The length of the message stays.

use std::ops::Range;

use crate::call::mask_numbers;
use crate::sip::wire::HeaderName;

use super::hide::hide;
use super::scan;

/// Returns the message without what identifies a caller.
pub(super) fn masked(message: &[u8]) -> Vec<u8> {
    let mut masked = message.to_vec();
    for line in scan::lines(message) {
        let name = message.get(line.name).unwrap_or_default();
        match HeaderName::lookup(name) {
            Some(
                HeaderName::From
                | HeaderName::To
                | HeaderName::Contact
                | HeaderName::Diversion
                | HeaderName::HistoryInfo
                | HeaderName::PAssertedIdentity
                | HeaderName::PPreferredIdentity
                | HeaderName::ReferTo
                | HeaderName::ReferredBy
                | HeaderName::RemotePartyId
                | HeaderName::ReplyTo,
            ) => hide_names(&mut masked, line.value),
            Some(
                HeaderName::Identity
                | HeaderName::Subject
                | HeaderName::Organization
                | HeaderName::CallInfo
                | HeaderName::AlertInfo
                | HeaderName::Authorization
                | HeaderName::ProxyAuthorization
                | HeaderName::Other(_),
            )
            | None => hide(&mut masked, line.value),
            Some(_) => {}
        }
    }
    if !scan::is_sdp(message) {
        hide(&mut masked, scan::body(message));
    }
    without_numbers(&masked)
}

/// Hides display names, and users that are no numbers, of which the end is hidden later.
fn hide_names(message: &mut [u8], range: Range<usize>) {
    let text = message.get(range.clone()).unwrap_or_default().to_vec();
    // Up to the bracket stands the name; without brackets, nothing.
    let name = text.iter().position(|octet| *octet == b'<').unwrap_or(0);
    hide(message, range.start..range.start + name);
    let mut from = 0;
    while let Some(at) = text.iter().skip(from).position(|octet| *octet == b'@') {
        let host = from + at;
        let before = text.get(..host).unwrap_or_default();
        let user = before.iter().rposition(|octet| *octet == b':').map_or(0, |colon| colon + 1);
        let is_number = before
            .get(user..)
            .unwrap_or_default()
            .iter()
            .all(|octet| octet.is_ascii_digit() || b"+-.()".contains(octet));
        if !is_number {
            hide(message, range.start + user..range.start + host);
        }
        from = host + 1;
    }
}

/// Hides the end of every number.
fn without_numbers(message: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(message.len());
    for chunk in message.utf8_chunks() {
        masked.extend(mask_numbers(chunk.valid()).into_bytes());
        masked.extend(chunk.invalid());
    }
    masked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(line: &str) -> String {
        let text = format!("INVITE sip:h SIP/2.0\r\n{line}\r\n\r\n");
        let text = String::from_utf8(masked(text.as_bytes())).unwrap();
        text.lines().nth(1).unwrap().to_owned()
    }

    #[test]
    fn what_identifies_a_caller_is_hidden() {
        for (text, expected) in [
            (
                "From: \"Ann Lee\" <sip:+13055550123@192.0.2.7>;tag=1",
                "From: **** **** <sip:+1305555****@192.0.2.7>;tag=1",
            ),
            ("f: <sip:ann@h>;tag=1", "f: <sip:***@h>;tag=1"),
            ("Contact: sip:ann@h:5060", "Contact: sip:***@h:5060"),
            (
                "P-Asserted-Identity: \"A\" <sip:ann@h>, <tel:+13055550123>",
                "P-Asserted-Identity: *** <sip:***@h>, <tel:+1305555****>",
            ),
            ("X-Name: Ann", "X-Name: ***"),
            ("Identity: eyJh", "Identity: ****"),
            ("Subject: about Ann", "Subject: ***** ***"),
            ("User-Agent: Phone 1.2", "User-Agent: Phone 1.2"),
            ("Via: SIP/2.0/UDP 192.0.2.7:5060", "Via: SIP/2.0/UDP 192.0.2.7:5060"),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn lengths_stay(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(masked(&octets).len(), octets.len());
        }
    }
}
