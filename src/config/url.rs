//! Addresses of databases and web servers.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;

/// The database of the book, records and ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`: a file, created when it does not exist.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    /// Parses the address. Errors do not show it, because it may contain a password.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            // Programs disagree whether a path after two slashes is relative.
            Some(("sqlite", path)) if path.starts_with("//") => {
                let plain = "write sqlite:var/strowger.db or sqlite:/var/lib/strowger.db";
                Err(format!("`sqlite://` is ambiguous: {plain}"))
            }
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("sqlite", _)) => Err("`sqlite:` needs the path of a file".to_owned()),
            Some(("postgres" | "postgresql", _)) => {
                Err("PostgreSQL is not supported yet: use sqlite:PATH".to_owned())
            }
            _ => Err("invalid database address: write it like sqlite:var/strowger.db".to_owned()),
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
    fn a_path_of_a_database_is_relative_or_absolute() {
        for (text, path) in [
            ("sqlite:strowger.db", Some("strowger.db")),
            ("sqlite:var/strowger.db", Some("var/strowger.db")),
            ("sqlite:/var/lib/strowger.db", Some("/var/lib/strowger.db")),
            ("sqlite://strowger.db", None),
            ("sqlite:///var/lib/strowger.db", None),
            ("sqlite:", None),
        ] {
            let read = text.parse::<DatabaseUrl>().ok();
            assert_eq!(read, path.map(|path| DatabaseUrl::Sqlite(path.into())), "{text}");
        }
    }

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
