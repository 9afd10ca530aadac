//! Reads the URL to which data of callers and leads is sent.

use std::net::IpAddr;

use crate::base::Reach;
use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;
use crate::base::toml::Report;
use crate::base::toml::Value;
use crate::base::toml::clip;

/// Longest URL, in bytes.
const URL_BYTES_MAX: usize = 4_096;

/// Reads a URL: `https`, or `http` to an address of the private network where that is allowed. It may
/// have tokens after scheme, host and port.
pub(super) fn read<'d>(
    value: &Value<'d>,
    reach: Reach,
    report: &mut Report<'_>,
) -> Option<&'d str> {
    let text = value.words(URL_BYTES_MAX, report)?;
    let (fault, hint) = match Site::parse(text) {
        None => (
            format!("`{}` is not a web address", clip(text)),
            "write https:// and a host that has no tokens; no user, no fragment, no spaces",
        ),
        Some(Site { address: Some(address), .. }) if !reach.allows(address) => (
            format!("`{address}` is not a public address"),
            "[outbound] allow_private would allow it",
        ),
        Some(Site { is_local: true, .. }) if reach == Reach::Public => (
            "this host is in the private network".to_owned(),
            "[outbound] allow_private would allow it",
        ),
        Some(Site { is_secure: false, address, .. })
            if address.is_none_or(|address| Reach::Public.allows(address)) =>
        {
            ("`http://` sends data of callers in clear".to_owned(), "use https://")
        }
        Some(_) => return Some(text),
    };
    report.error(value.at(), fault, hint);
    None
}

/// The server of a URL.
struct Site {
    is_secure: bool,
    /// Whether the name is one of the private network: `localhost`, `host.internal`.
    is_local: bool,
    /// The address, if the host is one.
    address: Option<IpAddr>,
}

impl Site {
    /// Returns the server of a URL; `None` if the text is not a URL that may be requested.
    fn parse(text: &str) -> Option<Self> {
        let clean = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '#');
        if !text.chars().all(clean) {
            return None;
        }
        let (is_secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, port) = split_port(rest.get(..end)?);
        if !is_host(host) || port.is_some_and(|port| !is_port(port)) {
            return None;
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        // A client would read it as the number of an IPv4 address.
        if last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            return None;
        }
        let address = name.trim_matches(['[', ']']).parse().ok();
        let is_local = matches!(last, "localhost" | "local" | "internal" | "lan" | "home")
            || name.ends_with("home.arpa");
        Some(Self { is_secure, is_local, address })
    }
}
