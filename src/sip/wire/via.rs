//! Via values (RFC 3261 §20.42, RFC 3581).

use std::net::IpAddr;
use std::net::SocketAddr;

use super::Params;
use super::method::is_token;
use super::uri::host_ip;
use super::uri::split_host_port;

/// Port of a Via without one (RFC 3261 §18.2.2).
const PORT_DEFAULT: u16 = 5060;
/// Prefix of a branch that is unique for its transaction (RFC 3261 §8.1.1.7).
const MAGIC_COOKIE: &str = "z9hG4bK";

/// One hop of the request, which the response takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    /// Transport as written: `UDP`, `TCP`, `TLS`, …
    pub transport: &'a str,
    /// Host of sent-by as written, IPv6 with its brackets.
    pub host: &'a str,
    /// Port of sent-by.
    pub port: Option<u16>,
    /// The `branch` parameter.
    pub branch: Option<&'a str>,
    /// The `received` parameter.
    pub received: Option<&'a str>,
    /// The `rport` parameter: `Some(None)` requests it, `Some(Some(port))` has its value.
    pub rport: Option<Option<u16>>,
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Parses one value; an error describes the fault.
    pub(crate) fn parse(text: &'a str) -> Result<Via<'a>, &'static str> {
        let (transport, rest) = split_protocol(text.trim_ascii())?;
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let (host, port) = split_host_port(sent_by.trim_ascii_end())?;
        let params = Params::parse(params)?;
        let (branch, received, rport) = (None, None, None);
        let mut via = Via { transport, host, port, branch, received, rport, params };
        for (name, value) in params.iter() {
            via.take(name, value)?;
        }
        Ok(via)
    }

    /// Stores a known parameter; the first of several with the same name counts.
    fn take(&mut self, name: &str, value: Option<&'a str>) -> Result<(), &'static str> {
        if name.eq_ignore_ascii_case("branch") {
            self.branch = self.branch.or(value);
        } else if name.eq_ignore_ascii_case("received") {
            self.received = self.received.or(value);
        } else if name.eq_ignore_ascii_case("rport") && self.rport.is_none() {
            let port = value.map(|port| port.parse().map_err(|_| "rport is not a port"));
            self.rport = Some(port.transpose()?);
        }
        Ok(())
    }

    /// Returns the branch if it identifies the transaction by itself, or `None` for a branch of RFC
    /// 2543 and for the cookie alone.
    pub fn unique_branch(&self) -> Option<&'a str> {
        self.branch.filter(|branch| {
            branch.len() > MAGIC_COOKIE.len()
                && branch
                    .get(..MAGIC_COOKIE.len())
                    .is_some_and(|s| s.eq_ignore_ascii_case(MAGIC_COOKIE))
        })
    }

    /// Returns whether the branch is only the cookie, which identifies nothing.
    pub(crate) fn has_bare_cookie(&self) -> bool {
        self.branch.is_some_and(|branch| branch.eq_ignore_ascii_case(MAGIC_COOKIE))
    }

    /// Returns the address in sent-by, or `None` for a host name.
    pub fn host_ip(&self) -> Option<IpAddr> {
        host_ip(self.host)
    }

    /// Returns the destination of the response to a datagram from `source`: `source` itself if
    /// rport requests it (RFC 3581 §4), else its address with sent-by's port (RFC 3261 §18.2.2).
    /// Ignores `maddr`, which would let any sender redirect responses.
    pub fn reply_address(&self, source: SocketAddr) -> SocketAddr {
        match self.rport {
            Some(_) => source,
            None => SocketAddr::new(source.ip(), self.port.unwrap_or(PORT_DEFAULT)),
        }
    }
}

/// Splits `SIP / 2.0 / UDP host…` into transport and the rest.
fn split_protocol(text: &str) -> Result<(&str, &str), &'static str> {
    let (name, rest) = text.split_once('/').ok_or("no protocol")?;
    let (version, rest) = rest.split_once('/').ok_or("no protocol")?;
    if !name.trim_ascii().eq_ignore_ascii_case("SIP") || version.trim_ascii() != "2.0" {
        return Err("the protocol is not SIP/2.0");
    }
    let rest = rest.trim_ascii_start();
    let space = rest.find([' ', '\t']).ok_or("no host")?;
    let (transport, rest) = rest.split_at(space);
    if !is_token(transport.as_bytes()) {
        return Err("the transport is not a token");
    }
    Ok((transport, rest.trim_ascii_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_values() {
        for (text, transport, host, port, branch, rport) in [
            ("SIP/2.0/UDP h;branch=z9hG4bK1", "UDP", "h", None, Some("z9hG4bK1"), None),
            ("SIP/2.0/TCP 192.0.2.1:5070", "TCP", "192.0.2.1", Some(5070), None, None),
            (
                "SIP/2.0/UDP [2001:db8::9]:5060;rport",
                "UDP",
                "[2001:db8::9]",
                Some(5060),
                None,
                Some(None),
            ),
            ("SIP/2.0/UDP [2001:db8::9]", "UDP", "[2001:db8::9]", None, None, None),
            (
                "SIP/2.0/UDP [2001:db8:::192.0.2.9]:5060;branch=x",
                "UDP",
                "[2001:db8:::192.0.2.9]",
                Some(5060),
                Some("x"),
                None,
            ),
            ("sip/2.0/TLS-SCTP h:1;rport=99", "TLS-SCTP", "h", Some(1), None, Some(Some(99))),
            (
                "SIP  /    2.0   / UDP  10.0.0.1   ; branch= x",
                "UDP",
                "10.0.0.1",
                None,
                Some("x"),
                None,
            ),
            ("SIP/2.0/UDP h : 5061 ;a", "UDP", "h", Some(5061), None, None),
            ("SIP/2.0/WSS df7jal23ls0d.invalid;x", "WSS", "df7jal23ls0d.invalid", None, None, None),
        ] {
            let via = Via::parse(text).unwrap();
            assert_eq!(
                (via.transport, via.host, via.port, via.branch, via.rport),
                (transport, host, port, branch, rport),
                "{text}"
            );
        }
    }

    #[test]
    fn bad_values() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ;branch=x",
            "SIP/7.0/UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0/U<P h",
            "SIP/2.0/UDP h:x",
            "SIP/2.0/UDP h:99999",
            "SIP/2.0/UDP 2001:db8::1",
            "SIP/2.0/UDP [::1",
            "SIP/2.0/UDP h i",
            "SIP/2.0/UDP 192.0.2.15;;",
            "SIP/2.0/UDP h;rport=x",
        ] {
            assert!(Via::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn branches_with_the_cookie_are_unique() {
        for (text, unique) in [
            ("SIP/2.0/UDP h;branch=z9hG4bK74", Some("z9hG4bK74")),
            ("SIP/2.0/UDP h;branch=Z9HG4BK74", Some("Z9HG4BK74")),
            ("SIP/2.0/UDP h;branch=z9hG4bK", None),
            ("SIP/2.0/UDP h;branch=390skdjuw", None),
            ("SIP/2.0/UDP h", None),
        ] {
            assert_eq!(Via::parse(text).unwrap().unique_branch(), unique, "{text}");
        }
    }

    #[test]
    fn answers_go_back_through_the_nat() {
        let source: SocketAddr = "203.0.113.7:40001".parse().unwrap();
        for (text, to) in [
            ("SIP/2.0/UDP 10.0.0.1:5070;rport", "203.0.113.7:40001"),
            ("SIP/2.0/UDP 10.0.0.1:5070", "203.0.113.7:5070"),
            ("SIP/2.0/UDP 10.0.0.1;maddr=198.51.100.1", "203.0.113.7:5060"),
        ] {
            assert_eq!(Via::parse(text).unwrap().reply_address(source), to.parse().unwrap());
        }
    }
}
