//! SIP addresses as people write them, with the checks that catch their mistakes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;

/// Longest address, in bytes.
const URI_BYTES_MAX: usize = 512;

/// A SIP URI (RFC 3261 §19.1) of scheme `sip` or `sips`, with a host, without headers, in plain ASCII.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SipUri(Arc<str>);

/// Why a text is not a SIP address that the switch can dial.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSipUri {
    /// The text is empty, too long, or has white space, brackets or non-ASCII characters.
    #[error("`{0}` is not a SIP address: write it like sip:sales@198.51.100.7:5060")]
    Text(String),
    /// The scheme is neither `sip:` nor `sips:`.
    #[error("`{0}` does not start with `sip:` or `sips:`")]
    Scheme(String),
    /// The address asks for TLS, and for a transport that TLS does not run over.
    #[error("`sips:` means TLS, which does not run over `{0}`: remove `transport`")]
    Secure(String),
    /// The host is missing, or is neither a name nor an address.
    #[error("`{0}` is not a host name or an address")]
    Host(String),
    /// The port is invalid.
    #[error("`{0}` is not a port: use 1 to 65535")]
    Port(String),
    /// The transport is not supported.
    #[error("transport `{0}` is not supported: use `udp`, `tcp`, or `tls`")]
    Transport(String),
    /// The address has headers (`?…`), which a dialed address may not have.
    #[error("headers (`?…`) in an address are not supported: remove them")]
    Headers,
}

impl SipUri {
    /// Returns the address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the user part as written, with its parameters; `None` without one.
    pub fn user(&self) -> Option<&str> {
        self.behind_scheme().rsplit_once('@').map(|(user, _)| user)
    }

    /// Returns the host, without port.
    pub fn host(&self) -> &str {
        let rest = self.behind_scheme();
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        split_port(place.split(';').next().unwrap_or_default()).0
    }

    /// Returns whether requests to it go over TLS: it is `sips:`, or its `transport` is `tls`.
    pub fn is_over_tls(&self) -> bool {
        let is_tls = |part: &str| part.eq_ignore_ascii_case("transport=tls");
        let is_secure = self.0.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sips:"));
        is_secure || self.0.split(';').any(is_tls)
    }

    fn behind_scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, rest)| rest)
    }
}

impl FromStr for SipUri {
    type Err = InvalidSipUri;

    fn from_str(text: &str) -> Result<Self, InvalidSipUri> {
        let clip = |part: &str| part.chars().take(80).collect::<String>();
        let clean = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\\');
        if text.is_empty() || text.len() > URI_BYTES_MAX || !text.bytes().all(clean) {
            return Err(InvalidSipUri::Text(clip(text)));
        }
        let (rest, transports) = match text.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sip") => (rest, TRANSPORTS),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sips") => (rest, OF_SIPS),
            _ => return Err(InvalidSipUri::Scheme(clip(text))),
        };
        // The user part may contain `;` and `?`, so it is cut off first.
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        if user.is_some_and(|user| user.is_empty() || user.contains('@')) {
            return Err(InvalidSipUri::Text(clip(text)));
        }
        if place.contains('?') {
            return Err(InvalidSipUri::Headers);
        }
        let mut parts = place.split(';');
        let (host, port) = split_port(parts.next().unwrap_or_default());
        if !is_host(host) {
            return Err(InvalidSipUri::Host(clip(host)));
        }
        if let Some(port) = port.filter(|port| !is_port(port)) {
            return Err(InvalidSipUri::Port(clip(port)));
        }
        for parameter in parts {
            check_parameter(parameter, transports)?;
        }
        Ok(Self(Arc::from(text)))
    }
}

/// Values of `transport`.
const TRANSPORTS: &[&str] = &["udp", "tcp", "tls"];
/// Values of `transport` in a `sips:` address.
const OF_SIPS: &[&str] = &["tcp", "tls"];

fn check_parameter(parameter: &str, transports: &[&str]) -> Result<(), InvalidSipUri> {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let is_in = |list: &[&str]| list.iter().any(|one| value.eq_ignore_ascii_case(one));
    if !name.eq_ignore_ascii_case("transport") || is_in(transports) {
        return Ok(());
    }
    let value = value.chars().take(20).collect();
    Err(if is_in(TRANSPORTS) {
        InvalidSipUri::Secure(value)
    } else {
        InvalidSipUri::Transport(value)
    })
}

impl TryFrom<String> for SipUri {
    type Error = InvalidSipUri;
    fn try_from(text: String) -> Result<Self, InvalidSipUri> {
        text.parse()
    }
}

impl From<SipUri> for String {
    fn from(uri: SipUri) -> String {
        uri.0.as_ref().to_owned()
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_can_be_dialled() {
        for text in [
            "sip:192.0.2.10",
            "sip:192.0.2.10:5060",
            "SIP:sales@carrier.example",
            "sip:sales@198.51.100.7:5060;transport=TCP;lr",
            "sip:+13055550123@[2001:db8::1]:5080",
            "sip:a;phone-context=x?y@carrier.example",
            "sip:carrier.example;transport=TLS",
            "sips:carrier.example:5061;transport=tcp",
        ] {
            assert_eq!(text.parse::<SipUri>().map(|uri| uri.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn the_parts_of_an_address() {
        for (text, user, host) in [
            ("sip:192.0.2.10:5060", None, "192.0.2.10"),
            ("SIP:sales@carrier.example", Some("sales"), "carrier.example"),
            ("sip:911@[2001:db8::1]:5080;lr", Some("911"), "[2001:db8::1]"),
            ("sip:a;phone-context=x?y@b.example", Some("a;phone-context=x?y"), "b.example"),
        ] {
            let uri: SipUri = text.parse().unwrap();
            assert_eq!((uri.user(), uri.host()), (user, host), "{text}");
        }
    }

    #[test]
    fn addresses_that_cannot() {
        for (text, message) in [
            ("", "`` is not a SIP address: write it like sip:sales@198.51.100.7:5060"),
            (
                "sip:a b@x",
                "`sip:a b@x` is not a SIP address: write it like sip:sales@198.51.100.7:5060",
            ),
            ("sip:@x", "`sip:@x` is not a SIP address: write it like sip:sales@198.51.100.7:5060"),
            (
                "sip:a@b@x",
                "`sip:a@b@x` is not a SIP address: write it like sip:sales@198.51.100.7:5060",
            ),
            ("192.0.2.10", "`192.0.2.10` does not start with `sip:` or `sips:`"),
            ("tel:+13055550123", "`tel:+13055550123` does not start with `sip:` or `sips:`"),
            (
                "sips:x;transport=udp",
                "`sips:` means TLS, which does not run over `udp`: remove `transport`",
            ),
            ("sips:x;transport=ws", "transport `ws` is not supported: use `udp`, `tcp`, or `tls`"),
            ("sip:", "`` is not a host name or an address"),
            ("sip:a@", "`` is not a host name or an address"),
            ("sip:a@192.0.2.300", "`192.0.2.300` is not a host name or an address"),
            ("sip:a@[::1", "`[` is not a host name or an address"),
            ("sip:a@x:0", "`0` is not a port: use 1 to 65535"),
            ("sip:a@x:70000", "`70000` is not a port: use 1 to 65535"),
            ("sip:a@x:", "`` is not a port: use 1 to 65535"),
            ("sip:a@x;transport=ws", "transport `ws` is not supported: use `udp`, `tcp`, or `tls`"),
            ("sip:a@x?Subject=y", "headers (`?…`) in an address are not supported: remove them"),
        ] {
            assert_eq!(text.parse::<SipUri>().unwrap_err().to_string(), message, "{text}");
        }
    }
}
