//! Hosts and ports in addresses that people write.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Splits `host:port`. The port is optional, and an IPv6 host is in brackets. Neither part is
/// validated.
pub fn split_port(text: &str) -> (&str, Option<&str>) {
    let after_bracket = text.rfind(']').map_or(0, |at| at + 1);
    match text[after_bracket..].find(':') {
        Some(at) => (&text[..after_bracket + at], Some(&text[after_bracket + at + 1..])),
        None => (text, None),
    }
}

/// Returns whether a text is a port: 1 to 65535, digits only.
pub fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Reads a host, as [`is_host`] has it.
///
/// # Errors
/// A sentence that shows the text.
pub fn parse_host(text: &str) -> Result<String, String> {
    let shown: String = text.chars().take(80).collect();
    let fault = format!("`{shown}` is no host: write a name or an IP address");
    is_host(text).then(|| text.to_owned()).ok_or(fault)
}

/// Returns whether a text is a bracketed IPv6 address, an IPv4 address, or a host name (RFC 1123
/// §2.1). A name whose last label is a number can only be a mistyped IPv4 address.
pub fn is_host(text: &str) -> bool {
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok();
    }
    if text.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|b| b.is_ascii_digit());
    name.len() <= 253 && !numeric && name.split('.').all(label)
}

/// Parses an IP address from a message. Tolerates a third colon before an embedded IPv4 address:
/// the ABNF of RFC 3261 produces it by mistake (RFC 5118 §4.10).
pub fn ip_address(text: &str) -> Option<IpAddr> {
    let without_third = || {
        let (before, after) = text.split_once(":::")?;
        after.parse::<Ipv4Addr>().ok()?;
        format!("{before}::{after}").parse().ok()
    };
    text.parse().ok().or_else(without_third)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, good) in [
            ("192.0.2.1", true),
            ("[2001:db8::1]", true),
            ("carrier.example", true),
            ("localhost", true),
            ("a-1.example.", true),
            ("", false),
            (".", false),
            ("192.0.2.256", false),
            ("192.0.2", false),
            ("2001:db8::1", false),
            ("[2001:db8::1", false),
            ("-a.example", false),
            ("a..b", false),
            ("under_score.example", false),
        ] {
            assert_eq!(is_host(text), good, "{text}");
        }
    }

    #[test]
    fn a_third_colon_before_an_embedded_ipv4_address_is_tolerated() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("2001:db8::192.0.2.1", Some("2001:db8::c000:201")),
            ("2001:db8:::192.0.2.1", Some("2001:db8::c000:201")),
            (":::192.0.2.1", Some("::c000:201")),
            ("2001:db8::::192.0.2.1", None),
            ("2001:db8:::1", None),
            (":::1", None),
            (":::", None),
            ("2001:db8:::c0.0.2.1", None),
            ("1::2:::192.0.2.1", None),
            ("", None),
        ] {
            let parsed = ip_address(text).map(|ip| ip.to_canonical());
            assert_eq!(parsed, expected.map(|ip| ip.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn ports() {
        for (text, host, port) in [
            ("a.example:5060", "a.example", Some("5060")),
            ("a.example", "a.example", None),
            ("[::1]:80", "[::1]", Some("80")),
            ("[::1]", "[::1]", None),
            ("a:", "a", Some("")),
        ] {
            assert_eq!(split_port(text), (host, port), "{text}");
        }
        for (text, good) in [
            ("1", true),
            ("65535", true),
            ("0", false),
            ("65536", false),
            ("", false),
            ("+1", false),
        ] {
            assert_eq!(is_port(text), good, "{text}");
        }
    }
}
