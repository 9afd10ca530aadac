//! Credentials.

use std::fmt;

use super::Algorithm;
use super::challenge::Challenge;
use super::fields::quoted;

/// A user name and its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    username: String,
    password: String,
    /// The only realm that they are for.
    realm: Option<String>,
}

impl Credentials {
    /// Returns credentials.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Credentials {
        Credentials { username: username.into(), password: password.into(), realm: None }
    }

    /// Returns them for one realm only; `None` for any.
    pub fn within(self, realm: Option<String>) -> Credentials {
        Credentials { realm, ..self }
    }

    /// Returns whether challenges of a realm are answered.
    pub(super) fn is_for(&self, realm: &str) -> bool {
        self.realm.as_deref().is_none_or(|own| own == realm)
    }

    /// Returns the user name.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns `H(username:realm:password)` (RFC 7616 §3.4.2).
    pub(super) fn secret(&self, algorithm: Algorithm, realm: &str) -> String {
        algorithm.hash(&[&self.username, realm, &self.password])
    }

    /// Returns the value of the header that answers a challenge (RFC 7616 §3.4); `count` is the
    /// number of requests with its nonce, with this one.
    pub(super) fn answer(
        &self,
        challenge: &Challenge,
        (method, uri): (&str, &str),
        count: u32,
        cnonce: &str,
    ) -> String {
        let Challenge { realm, nonce, algorithm, qop, opaque, .. } = challenge;
        let secret = self.secret(*algorithm, realm);
        let count = format!("{count:08x}");
        let qop = qop.then_some((count.as_str(), cnonce));
        let response = response(*algorithm, &secret, (method, uri), nonce, qop);
        let (name, realm) = (quoted(&self.username), quoted(realm));
        let (nonce, uri, algorithm) = (quoted(nonce), quoted(uri), algorithm.name());
        let mut value = format!(
            "Digest username={name}, realm={realm}, nonce={nonce}, uri={uri}, \
             response=\"{response}\", algorithm={algorithm}"
        );
        if let Some((count, cnonce)) = qop {
            value += &format!(", qop=auth, nc={count}, cnonce=\"{cnonce}\"");
        }
        if let Some(opaque) = opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        value
    }
}

/// Returns the response of a digest (RFC 7616 §3.4.1); `qop` holds the count as written and the
/// client's nonce, `None` for one without `qop` (RFC 2069).
pub(super) fn response(
    algorithm: Algorithm,
    secret: &str,
    (method, uri): (&str, &str),
    nonce: &str,
    qop: Option<(&str, &str)>,
) -> String {
    let request = algorithm.hash(&[method, uri]);
    match qop {
        Some((count, cnonce)) => algorithm.hash(&[secret, nonce, count, cnonce, "auth", &request]),
        None => algorithm.hash(&[secret, nonce, &request]),
    }
}

/// The password is not shown.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7616 §3.9.1, and of RFC 2617 §3.5 without `qop`.
    #[test]
    fn the_examples_of_the_documents() {
        let mufasa = Credentials::new("Mufasa", "Circle of Life");
        let uri = ("GET", "/dir/index.html");
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, expected) in [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let secret = mufasa.secret(algorithm, "http-auth@example.org");
            let qop = Some(("00000001", cnonce));
            assert_eq!(response(algorithm, &secret, uri, nonce, qop), expected);
        }
        let secret = Credentials::new("Mufasa", "CircleOfLife");
        let secret = secret.secret(Algorithm::Md5, "testrealm@host.com");
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let old = response(Algorithm::Md5, &secret, uri, nonce, None);
        assert_eq!(old, "1949323746fe6a43ef61f9606e7febea");
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", Credentials::new("user", "secret"));
        assert!(shown.contains("user") && !shown.contains("secret"), "{shown}");
    }
}
