//! Challenges: what a server asks for.

use std::fmt;

use super::Algorithm;
use super::fields::Fields;
use super::fields::quoted;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;

/// Kind of server that challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sip) enum Place {
    /// The far end: 401.
    End,
    /// A proxy on the way: 407.
    Proxy,
}

impl Place {
    /// Returns who challenges with a status.
    pub(super) fn of(status: u16) -> Option<Place> {
        match status {
            401 => Some(Place::End),
            407 => Some(Place::Proxy),
            _ => None,
        }
    }

    /// Returns the header of its challenges.
    fn asks(self) -> HeaderName<'static> {
        match self {
            Place::End => HeaderName::WwwAuthenticate,
            Place::Proxy => HeaderName::ProxyAuthenticate,
        }
    }

    /// Returns the header of the answers to them.
    pub(super) fn answers(self) -> HeaderName<'static> {
        match self {
            Place::End => HeaderName::Authorization,
            Place::Proxy => HeaderName::ProxyAuthorization,
        }
    }
}

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) algorithm: Algorithm,
    /// Whether the answer is protected by `qop=auth`.
    pub(super) qop: bool,
    pub(super) opaque: Option<String>,
    /// Whether the credentials were right and only the nonce is too old.
    pub(super) is_stale: bool,
}

impl Challenge {
    /// Returns the strongest challenge of a response that can be answered. Challenges with an
    /// unknown algorithm are skipped (RFC 8760 §2.4), and those that ask for `auth-int` alone.
    pub(super) fn strongest(response: &Message, place: Place) -> Option<Challenge> {
        let all = response.headers(place.asks()).filter_map(Challenge::read);
        // Of equal ones the first.
        all.reduce(|best, next| if next.algorithm > best.algorithm { next } else { best })
    }

    fn read(value: &str) -> Option<Challenge> {
        let fields = Fields::of(value)?;
        let algorithm = fields.find("algorithm");
        let algorithm = algorithm.map_or(Some(Algorithm::Md5), |name| Algorithm::named(&name))?;
        let qop = match fields.find("qop") {
            Some(list) if list.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")) => {
                true
            }
            Some(list) if !list.trim().is_empty() => return None,
            Some(_) | None => false,
        };
        Some(Challenge {
            realm: fields.find("realm")?.into_owned(),
            nonce: fields.find("nonce")?.into_owned(),
            algorithm,
            qop,
            opaque: fields.find("opaque").map(|opaque| opaque.into_owned()),
            is_stale: fields.find("stale").is_some_and(|text| text.eq_ignore_ascii_case("true")),
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (realm, nonce) = (quoted(&self.realm), quoted(&self.nonce));
        write!(f, "Digest realm={realm}, nonce={nonce}, algorithm={}", self.algorithm.name())?;
        if self.qop {
            f.write_str(", qop=\"auth\"")?;
        }
        if self.is_stale {
            f.write_str(", stale=true")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    fn strongest(lines: &[&str]) -> Option<(String, Algorithm, bool)> {
        let lines: String =
            lines.iter().map(|line| format!("WWW-Authenticate: {line}\r\n")).collect();
        let text = format!("SIP/2.0 401 Unauthorized\r\n{lines}\r\n");
        let response = Message::parse(text, Framing::Datagram).unwrap();
        let found = Challenge::strongest(&response, Place::End)?;
        Some((found.nonce, found.algorithm, found.qop))
    }

    #[test]
    fn the_strongest_known_challenge_is_answered() {
        let md5 = r#"Digest realm="r", nonce="m", qop="auth", algorithm=MD5"#;
        let sha = r#"Digest realm="r", nonce="s", algorithm=SHA-256, qop="auth""#;
        let unknown = r#"Digest realm="r", nonce="u", algorithm=SHA-512-256, qop="auth""#;
        for (lines, expected) in [
            (&[md5, sha][..], Some(("s", Algorithm::Sha256, true))),
            (&[sha, md5], Some(("s", Algorithm::Sha256, true))),
            (&[unknown, md5], Some(("m", Algorithm::Md5, true))),
            (&[unknown], None),
            (&[r#"Digest realm="r", nonce="n""#], Some(("n", Algorithm::Md5, false))),
            // As some servers quote it.
            (
                &[r#"digest realm="r",nonce="n",algorithm="md5",qop=auth"#],
                Some(("n", Algorithm::Md5, true)),
            ),
            (&[r#"Digest realm="r", nonce="n", qop="auth-int""#], None),
            (
                &[r#"Digest realm="r", nonce="n", qop="auth-int,auth""#],
                Some(("n", Algorithm::Md5, true)),
            ),
            (&[r#"Digest realm="r", nonce="n", qop="""#], Some(("n", Algorithm::Md5, false))),
            (&[r#"Digest realm="r""#], None),
            (&[r#"Basic realm="r""#], None),
            (&[], None),
        ] {
            let expected =
                expected.map(|(nonce, algorithm, qop)| (nonce.to_owned(), algorithm, qop));
            assert_eq!(strongest(lines), expected, "{lines:?}");
        }
    }
}
