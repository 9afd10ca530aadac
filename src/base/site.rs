//! Servers that receive requests.

use std::fmt;

/// A server: scheme, host and port of a URL, or another name, such as that of the mail server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site(String);

impl Site {
    /// Returns the server of a URL.
    pub fn of_url(url: &str) -> Self {
        let host = url.find("://").map_or(0, |at| at + 3);
        let end = url.get(host..).and_then(|rest| rest.find(['/', '?']));
        let site = end.and_then(|end| url.get(..host + end)).unwrap_or(url);
        Self(site.to_ascii_lowercase())
    }

    /// Returns the mail server of the settings.
    pub fn mail() -> Self {
        Self("email".to_owned())
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_server_in_lower_case() {
        for (url, site) in [
            ("https://A.example/x?y", "https://a.example"),
            ("https://a.example?{call_id}", "https://a.example"),
            ("https://a.example", "https://a.example"),
            ("http://127.0.0.1:8080/post", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(Site::of_url(url).to_string(), site, "{url}");
        }
    }
}
