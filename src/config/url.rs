//! Addresses of counters and web servers.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;

/// Where holds on caps are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaUrl {
    /// `memory:`: in the memory of this process.
    Memory,
}

impl FromStr for QuotaUrl {
    type Err = String;

    /// Parses the address. Errors do not show it, because it may contain a password.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("redis" | "rediss", _)) => {
                Err("Redis is not supported yet: use memory:".to_owned())
            }
            _ => Err("invalid quota address: use memory:".to_owned()),
        }
    }
}

/// An `http` or `https` address without a trailing slash, so that a path can be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// Returns the `http` address of a web server: `http://127.0.0.1:8080`.
    pub fn of(listen: SocketAddr) -> Self {
        Self(format!("http://{listen}"))
    }

    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HttpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let sound = rest.is_some_and(|rest| {
            let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
            let (host, port) = split_port(place);
            let clean = |b: u8| b.is_ascii_graphic() && !matches!(b, b'?' | b'#');
            is_host(host) && port.is_none_or(is_port) && path.bytes().all(clean)
        });
        if sound {
            return Ok(Self(text.trim_end_matches('/').to_owned()));
        }
        let shown: String = text.chars().take(80).collect();
        Err(format!("`{shown}` is not a web address: write it like https://calls.example"))
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses() {
        for (text, good) in [
            ("http://127.0.0.1:8080", true),
            ("https://calls.example/", true),
            ("https://[2001:db8::1]:8443/a/b", true),
            ("ftp://calls.example", false),
            ("https://", false),
            ("https://calls.example:0", false),
            ("https://calls.example/?a=b", false),
            ("https://user@calls.example", false),
            ("https://calls.example/a b", false),
        ] {
            assert_eq!(text.parse::<HttpUrl>().is_ok(), good, "{text}");
        }
    }
}
