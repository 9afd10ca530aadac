//! `[smtp]`: the mail server for alerts.

use std::str::FromStr;

use crate::base::is_host;
use crate::base::is_port;
use crate::base::split_port;
use crate::base::toml::Report;
use crate::base::toml::Table;
use crate::book::EmailAddress;

use super::Secret;
use super::secret;
use super::section::table_of;

/// Longest name of an account, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// `[smtp]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// The mail server.
    pub server: SmtpServer,
    /// Address that e-mails come from.
    pub from: EmailAddress,
    /// Account at the server.
    pub account: Option<SmtpAccount>,
}

/// An account at a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpAccount {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// A mail server: `smtp://HOST:PORT`, or `smtps://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpServer {
    /// Name or address.
    pub host: String,
    /// Port; by default 465 with TLS, 587 with STARTTLS, and 25 on this machine.
    pub port: u16,
    /// How the connection is secured.
    pub security: SmtpSecurity,
}

/// How a connection to a mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314): `smtps://`.
    Tls,
    /// TLS by STARTTLS (RFC 3207), which the server must offer: `smtp://`.
    StartTls,
    /// None: `smtp://` to this machine.
    Plain,
}

impl FromStr for SmtpServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(80).collect();
        let invalid = || {
            format!(
                "`{shown}` is not a mail server: write it like smtps://mail.example or smtp://127.0.0.1:25"
            )
        };
        let (is_tls, rest) = match text.split_once("://") {
            Some(("smtps", rest)) => (true, rest),
            Some(("smtp", rest)) => (false, rest),
            Some(_) | None => return Err(invalid()),
        };
        let (host, port) = split_port(rest);
        if !is_host(host) || port.is_some_and(|port| !is_port(port)) {
            return Err(invalid());
        }
        let bare = host.trim_matches(['[', ']']);
        let is_own = bare.eq_ignore_ascii_case("localhost")
            || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let security = match (is_tls, is_own) {
            (true, _) => SmtpSecurity::Tls,
            (false, true) => SmtpSecurity::Plain,
            (false, false) => SmtpSecurity::StartTls,
        };
        let usual = match security {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::Plain => 25,
        };
        let port = port.and_then(|port| port.parse().ok()).unwrap_or(usual);
        Ok(Self { host: bare.to_owned(), port, security })
    }
}

/// Reads the section; `None` without one, or if it has a fault.
pub(super) fn read(
    root: &Table<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<Smtp> {
    let table = table_of(root, "smtp", report)?;
    if table.is_empty() {
        return None;
    }
    let server = table.needed("url", report).and_then(|url| url.parse(report));
    let from = table.needed("from", report).and_then(|from| from.parse(report));
    let username = table.value("username");
    let username = username.map(|name| name.words(NAME_BYTES_MAX, report).map(str::to_owned));
    let password = table.value("password");
    let password = password.map(|password| secret::read(&password, variable, report));
    let account = match (username, password) {
        (Some(username), Some(password)) => {
            Some(SmtpAccount { username: username?, password: password? })
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            let hint = "give both, or none";
            report.error(table.at(), "[smtp] needs `username` and `password` together", hint);
            return None;
        }
    };
    Some(Smtp { server: server?, from: from?, account })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        use SmtpSecurity::Plain;
        use SmtpSecurity::StartTls;
        use SmtpSecurity::Tls;
        for (text, expected) in [
            ("smtps://mail.example", Some(("mail.example", 465, Tls))),
            ("smtps://127.0.0.1:2465", Some(("127.0.0.1", 2465, Tls))),
            ("smtp://mail.example", Some(("mail.example", 587, StartTls))),
            ("smtp://10.0.0.1:25", Some(("10.0.0.1", 25, StartTls))),
            ("smtp://127.0.0.1", Some(("127.0.0.1", 25, Plain))),
            ("smtp://localhost:2525", Some(("localhost", 2525, Plain))),
            ("smtp://[::1]:25", Some(("::1", 25, Plain))),
            ("mail.example", None),
            ("http://mail.example", None),
            ("smtp://user:password@mail.example", None),
            ("smtp://mail.example/x", None),
            ("smtp://mail.example:0", None),
        ] {
            let read = text.parse::<SmtpServer>().ok();
            let found = read.as_ref().map(|own| (own.host.as_str(), own.port, own.security));
            assert_eq!(found, expected, "{text}");
        }
    }
}
