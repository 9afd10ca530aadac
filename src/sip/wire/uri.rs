//! URIs: `sip:`, `sips:`, `tel:`, and any other scheme as opaque text (RFC 3261 §19.1, RFC 3966).

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::str::FromStr;

use super::bounds::LINE_MAX;
use crate::base::Phone;
use crate::base::ip_address;

/// Text that is not a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a URI: {problem}")]
pub struct InvalidUri {
    /// Description of the fault.
    pub problem: &'static str,
}

impl InvalidUri {
    const fn because(problem: &'static str) -> Self {
        Self { problem }
    }
}

/// Scheme of a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// `sip:`
    Sip,
    /// `sips:`: TLS on every hop.
    Sips,
    /// `tel:`: a telephone number.
    Tel,
    /// An unknown scheme, as written.
    Other(&'a str),
}

/// A parsed URI that keeps its text as written: nothing is escaped, unescaped or reordered. Two
/// URIs are equal if their texts are.
#[derive(Clone)]
pub struct Uri {
    text: Box<str>,
    parts: Parts,
}

/// Positions of the parts in the text.
#[derive(Clone)]
enum Parts {
    Sip { user: Option<Span>, host: Span, port: Option<u16>, params: Span, headers: Span },
    Tel { number: Span, params: Span },
    Opaque,
}

/// A range of the text; no URI is longer than a line.
#[derive(Clone, Copy)]
struct Span {
    start: u16,
    end: u16,
}

impl Span {
    /// Converts a range, which is within [`LINE_MAX`] as [`Uri::parse`] has checked.
    fn of(range: Range<usize>) -> Self {
        let cut = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Self { start: cut(range.start), end: cut(range.end) }
    }
}

impl Uri {
    /// Parses a URI without `<>` around it.
    ///
    /// # Errors
    /// If it has no scheme, contains white space, control characters or `<>"`, or, for `sip:`,
    /// `sips:` and `tel:`, if one of its parts is malformed.
    pub fn parse(text: &str) -> Result<Uri, InvalidUri> {
        if text.len() > LINE_MAX {
            return Err(InvalidUri::because("too long"));
        }
        if text.bytes().any(|b| b <= b' ' || matches!(b, b'<' | b'>' | b'"' | 0x7f)) {
            return Err(InvalidUri::because("white space, a control character or one of <>\""));
        }
        let colon = text.find(':').ok_or(InvalidUri::because("no scheme"))?;
        let (scheme, rest) = text.split_at(colon);
        if !is_scheme(scheme) {
            return Err(InvalidUri::because("no scheme"));
        }
        let rest = rest.get(1..).unwrap_or_default();
        let parts = match scheme_of(scheme) {
            Scheme::Sip | Scheme::Sips => sip_parts(rest, colon + 1)?,
            Scheme::Tel => tel_parts(rest, colon + 1)?,
            Scheme::Other(_) if rest.is_empty() => {
                return Err(InvalidUri::because("nothing after the scheme"));
            }
            Scheme::Other(_) => Parts::Opaque,
        };
        Ok(Uri { text: text.into(), parts })
    }

    /// Returns the text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the scheme.
    pub fn scheme(&self) -> Scheme<'_> {
        scheme_of(self.text.split(':').next().unwrap_or_default())
    }

    /// Returns the user part as written, without password; for `tel:` the number. Returns `None` if
    /// there is none or the scheme is unknown.
    pub fn user(&self) -> Option<&str> {
        match &self.parts {
            Parts::Sip { user, .. } => user.map(|span| self.at(span)),
            Parts::Tel { number, .. } => Some(self.at(*number)),
            Parts::Opaque => None,
        }
    }

    /// Returns the dialled number: the user part without its own parameters (`;npdi`) and without
    /// escapes; in E.164 where `phone-context` names the country of a national number.
    pub fn number(&self) -> Option<Cow<'_, str>> {
        let user = self.user()?;
        let number = unescape(user.split(';').next().unwrap_or_default());
        let context = self.phone_context();
        match context.and_then(|context| Phone::in_context(&number, &unescape(context))) {
            Some(phone) => Some(Cow::Owned(phone.e164().to_owned())),
            None => Some(number),
        }
    }

    /// Returns `phone-context` (RFC 3966 §5.1.5). In `sip:` it belongs to the user part (RFC 3261
    /// §19.1.6); some senders write it behind the host.
    fn phone_context(&self) -> Option<&str> {
        const NAME: &str = "phone-context";
        let own = self.user()?.split(';').skip(1).filter_map(|param| param.split_once('='));
        let own = own.filter(|(name, _)| name.eq_ignore_ascii_case(NAME)).map(|(_, value)| value);
        own.chain(self.param(NAME)).next()
    }

    /// Returns the host as written, IPv6 with its brackets; `None` except for `sip:` and `sips:`.
    pub fn host(&self) -> Option<&str> {
        match &self.parts {
            Parts::Sip { host, .. } => Some(self.at(*host)),
            Parts::Tel { .. } | Parts::Opaque => None,
        }
    }

    /// Returns the host if it is an IP address.
    pub fn host_ip(&self) -> Option<IpAddr> {
        host_ip(self.host()?)
    }

    /// Returns the port, if present.
    pub fn port(&self) -> Option<u16> {
        match &self.parts {
            Parts::Sip { port, .. } => *port,
            Parts::Tel { .. } | Parts::Opaque => None,
        }
    }

    /// Returns the parameters as written, from the first semicolon on; empty if there are none.
    pub fn params(&self) -> &str {
        match &self.parts {
            Parts::Sip { params, .. } | Parts::Tel { params, .. } => self.at(*params),
            Parts::Opaque => "",
        }
    }

    /// Returns a parameter's value as written; `Some("")` if it has none, like `lr`. Names are
    /// compared without regard to case and escapes.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().split(';').skip(1).find_map(|param| {
            let (known, value) = param.split_once('=').unwrap_or((param, ""));
            unescape(known).eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// Returns whether the URI is of scheme `sips`: requests to it go over TLS (RFC 3261 §26.2.2).
    pub fn is_secure(&self) -> bool {
        self.scheme() == Scheme::Sips
    }

    /// Returns the `transport` parameter.
    pub fn transport(&self) -> Option<&str> {
        self.param("transport")
    }

    /// Returns the `?name=value` headers as written, without the question mark. They are not
    /// allowed in a Request-URI (RFC 3261 §19.1.1).
    pub fn headers(&self) -> &str {
        match &self.parts {
            Parts::Sip { headers, .. } => self.at(*headers),
            Parts::Tel { .. } | Parts::Opaque => "",
        }
    }

    fn at(&self, span: Span) -> &str {
        self.text.get(usize::from(span.start)..usize::from(span.end)).unwrap_or_default()
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn scheme_of(text: &str) -> Scheme<'_> {
    if text.eq_ignore_ascii_case("sip") {
        Scheme::Sip
    } else if text.eq_ignore_ascii_case("sips") {
        Scheme::Sips
    } else if text.eq_ignore_ascii_case("tel") {
        Scheme::Tel
    } else {
        Scheme::Other(text)
    }
}

/// Parses `[user[:password]@]host[:port][;params][?headers]`, which starts at `base` in the URI.
fn sip_parts(rest: &str, base: usize) -> Result<Parts, InvalidUri> {
    // A user part may contain `;` and `?`, but never `@`, so the first `@` is searched first.
    let (user, host_at) = match rest.find('@') {
        Some(at) => {
            let user_end = rest.get(..at).and_then(|info| info.find(':')).unwrap_or(at);
            if user_end == 0 {
                return Err(InvalidUri::because("empty user part"));
            }
            (Some(Span::of(base..base + user_end)), at + 1)
        }
        None => (None, 0),
    };
    let tail = rest.get(host_at..).unwrap_or_default();
    let host_port_len = tail.find([';', '?']).unwrap_or(tail.len());
    let (host_port, after) = tail.split_at(host_port_len);
    let (host, port) = split_host_port(host_port).map_err(InvalidUri::because)?;
    let params_len = after.find('?').unwrap_or(after.len());

    let host_start = base + host_at;
    let params_start = host_start + host_port_len;
    let headers_start = params_start + params_len;
    let end = base + rest.len();
    Ok(Parts::Sip {
        user,
        host: Span::of(host_start..host_start + host.len()),
        port,
        params: Span::of(params_start..headers_start),
        headers: Span::of((headers_start + 1).min(end)..end),
    })
}

/// Parses `+1-305-555-0123;phone-context=…`, which starts at `base` in the URI.
fn tel_parts(rest: &str, base: usize) -> Result<Parts, InvalidUri> {
    let number_len = rest.find(';').unwrap_or(rest.len());
    let number = rest.get(..number_len).unwrap_or_default();
    let dialable = |b: u8| {
        b.is_ascii_hexdigit() || matches!(b, b'+' | b'-' | b'.' | b'(' | b')' | b'*' | b'#')
    };
    if number.is_empty() || !number.bytes().all(dialable) {
        return Err(InvalidUri::because("not a telephone number"));
    }
    let params = base + number_len;
    Ok(Parts::Tel { number: Span::of(base..params), params: Span::of(params..base + rest.len()) })
}

/// Splits `host[:port]`, with optional white space around the colon (allowed in a Via). The host
/// comes first in the text and keeps its IPv6 brackets.
pub(crate) fn split_host_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let host_len = if text.starts_with('[') {
        text.find(']').ok_or("an IPv6 address without its closing bracket")? + 1
    } else {
        text.find(':').unwrap_or(text.len())
    };
    let (host, rest) = text.split_at(host_len);
    let host = host.trim_ascii_end();
    if !is_host(host) {
        return Err("not a host");
    }
    let rest = rest.trim_ascii_start();
    if rest.is_empty() {
        return Ok((host, None));
    }
    let port = rest.strip_prefix(':').ok_or("text after the host")?.trim_ascii();
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err("not a port");
    }
    port.parse().map(|port| (host, Some(port))).map_err(|_| "not a port")
}

/// Returns whether the text is a host name, an IPv4 address or a bracketed IPv6 address.
/// Underscores are not allowed in names but occur in private networks.
fn is_host(host: &str) -> bool {
    if host.starts_with('[') {
        return host_ip(host).is_some();
    }
    !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// Parses an IP address, IPv6 with or without brackets, as [`ip_address`] tolerates it.
pub(crate) fn host_ip(host: &str) -> Option<IpAddr> {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ip_address(inner)
}

/// Decodes `%XX` escapes; invalid UTF-8 becomes replacement characters.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, tail @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                rest = tail;
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl FromStr for Uri {
    type Err = InvalidUri;
    fn from_str(text: &str) -> Result<Self, InvalidUri> {
        Uri::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Hides the user part, which is a person's phone number.
impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({:?}, host {:?}, port {:?})", self.scheme(), self.host(), self.port())
    }
}

impl PartialEq for Uri {
    fn eq(&self, other: &Uri) -> bool {
        self.text == other.text
    }
}

impl Eq for Uri {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_good_uris() {
        let rows = [
            // text, user, host, port, params, headers
            ("sip:example.com", None, Some("example.com"), None, "", ""),
            ("SIP:bob@example.com:5070", Some("bob"), Some("example.com"), Some(5070), "", ""),
            ("sips:b:secret@h", Some("b"), Some("h"), None, "", ""),
            ("sip:b@h;lr;ttl=5?a=b&c=d", Some("b"), Some("h"), None, ";lr;ttl=5", "a=b&c=d"),
            ("sip:[2001:db8::1]:5061;lr", None, Some("[2001:db8::1]"), Some(5061), ";lr", ""),
            ("sip:+1305@[::1]", Some("+1305"), Some("[::1]"), None, "", ""),
            (
                "sip:b@[2001:db8:::192.0.2.1]:5070",
                Some("b"),
                Some("[2001:db8:::192.0.2.1]"),
                Some(5070),
                "",
                "",
            ),
            ("sip:a;x=u%40e.net@h", Some("a;x=u%40e.net"), Some("h"), None, "", ""),
            ("sip:a?b/c@h", Some("a?b/c"), Some("h"), None, "", ""),
            ("sip:%00@h", Some("%00"), Some("h"), None, "", ""),
            ("sip:h?Route=%3Csip:x%3E", None, Some("h"), None, "", "Route=%3Csip:x%3E"),
            ("tel:+1-305-555-0123;ext=5", Some("+1-305-555-0123"), None, None, ";ext=5", ""),
            ("tel:911;phone-context=+1", Some("911"), None, None, ";phone-context=+1", ""),
            ("urn:service:sos", None, None, None, "", ""),
            ("soap.beep://192.0.2.103:3002", None, None, None, "", ""),
            ("sip:pbx_1.local", None, Some("pbx_1.local"), None, "", ""),
        ];
        for (text, user, host, port, params, headers) in rows {
            let uri = Uri::parse(text).unwrap();
            assert_eq!(uri.as_str(), text);
            assert_eq!(
                (uri.user(), uri.host(), uri.port(), uri.params(), uri.headers()),
                (user, host, port, params, headers),
                "{text}"
            );
        }
    }

    #[test]
    fn bad_uris_are_refused() {
        for text in [
            "",
            "bob",
            ":x",
            "1sip:x",
            "sip:",
            "sip:@h",
            "sip:b@",
            "sip:b@h:",
            "sip:b@h:x",
            "sip:b@h:65536",
            "sip:b@h:-1",
            "sip:b@h:+1",
            "sip:b@[::1",
            "sip:b@[nonsense]",
            "sip:b@[2001:db8:::1]",
            "sip:b@[2001:db8::::192.0.2.1]",
            "sip:b@[::1]x",
            "sip:b@h h",
            "sip:b b@h",
            " sip:b@h",
            "<sip:b@h>",
            "sip:b@h\r\nVia: x",
            "sip:b@c@h",
            "tel:",
            "tel:;ext=5",
            "tel:call me",
            "urn:",
        ] {
            assert!(Uri::parse(text).is_err(), "{text:?}");
        }
        assert!(Uri::parse(&format!("sip:{}", "a".repeat(LINE_MAX))).is_err());
    }

    #[test]
    fn schemes_ignore_case() {
        for (text, scheme) in [
            ("sip:h", Scheme::Sip),
            ("SIPS:h", Scheme::Sips),
            ("Tel:1", Scheme::Tel),
            ("isbn:2983792873", Scheme::Other("isbn")),
        ] {
            assert_eq!(Uri::parse(text).unwrap().scheme(), scheme);
        }
    }

    #[test]
    fn params_are_found_whatever_their_case_and_escapes() {
        let uri = Uri::parse("sip:b@h;%6C%72;n%61me=v%61lue;Transport=TCP;lr=on").unwrap();
        for (name, value) in [
            ("lr", Some("")),
            ("name", Some("v%61lue")),
            ("transport", Some("TCP")),
            ("maddr", None),
        ] {
            assert_eq!(uri.param(name), value, "{name}");
        }
        assert_eq!(uri.transport(), Some("TCP"));
    }

    #[test]
    fn the_number_is_the_user_without_escapes_and_parameters() {
        for (text, number) in [
            ("sip:+13055550123;npdi;rn=1@h", Some("+13055550123")),
            ("sip:%2B13055550123@h", Some("+13055550123")),
            ("tel:+1-305-555-0123;ext=1", Some("+1-305-555-0123")),
            ("sip:0412345678;phone-context=+61@h;user=phone", Some("+61412345678")),
            ("sip:0412345678;npdi;Phone-Context=%2B61@h", Some("+61412345678")),
            ("sip:142685300@h;phone-context=+33;user=phone", Some("+33142685300")),
            ("tel:0412345678;phone-context=+61", Some("+61412345678")),
            ("tel:911;phone-context=+1", Some("911")),
            ("tel:0412345678;phone-context=ims.example.com", Some("0412345678")),
            ("sip:+13055550123;phone-context=+61@h", Some("+13055550123")),
            ("sip:a%ZZ%4@h", Some("a%ZZ%4")),
            ("sip:h", None),
        ] {
            assert_eq!(Uri::parse(text).unwrap().number().as_deref(), number, "{text}");
        }
    }

    #[test]
    fn debug_hides_the_user() {
        assert!(!format!("{:?}", Uri::parse("sip:+13055550123@h").unwrap()).contains("3055550123"));
    }
}
