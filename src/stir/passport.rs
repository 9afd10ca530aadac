//! The passport of `shaken` (RFC 8225, RFC 8588).

use serde::Deserialize;

use super::Fault;
use super::Identity;
use crate::book::Attestation;

/// Type of the passport that attests a caller's number.
const SHAKEN: &str = "shaken";
/// Its algorithm.
const ES256: &str = "ES256";

/// What a passport says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passport {
    /// Level of attestation.
    pub attestation: Attestation,
    /// The caller's number, digits only.
    pub caller: String,
    /// The numbers that are called, digits only.
    pub called: Vec<String>,
    /// When it was signed, in seconds since 1970.
    pub signed_at: i64,
    /// Address of the certificate: an `https` or `http` URL.
    pub certificate: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    ppt: Option<String>,
    #[serde(default)]
    x5u: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    attest: String,
    orig: Originator,
    dest: Destinations,
    iat: i64,
}

#[derive(Deserialize)]
struct Originator {
    tn: OneOrMore,
}

#[derive(Deserialize)]
struct Destinations {
    #[serde(default)]
    tn: Option<OneOrMore>,
}

/// A number, or a list: both are seen for both sides.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn digits(self) -> Vec<String> {
        let all = match self {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        };
        all.iter().map(|number| number.chars().filter(char::is_ascii_digit).collect()).collect()
    }
}

impl Passport {
    /// Reads the passport of a header.
    ///
    /// # Errors
    /// It is of another type, by another algorithm, or does not have what RFC 8588 demands.
    pub fn read(identity: &Identity<'_>) -> Result<Passport, Fault> {
        let header: Header = serde_json::from_slice(&identity.header)
            .map_err(|_| Fault::Malformed("the header of the passport"))?;
        let kind = header.ppt.as_deref().or(identity.ppt).unwrap_or_default();
        if kind != SHAKEN {
            return Err(Fault::OtherType(shown(kind)));
        }
        if header.alg != ES256 {
            return Err(Fault::OtherAlgorithm(shown(&header.alg)));
        }
        let payload: Payload = serde_json::from_slice(&identity.payload)
            .map_err(|_| Fault::Malformed("the payload of the passport"))?;
        let attestation =
            payload.attest.parse().map_err(|_| Fault::Malformed("the level of attestation"))?;
        let caller = payload.orig.tn.digits().into_iter().next();
        // What is signed counts (RFC 8224 §6.2.2): `info` only where the header has no address.
        let certificate = header.x5u.as_deref().or(identity.info).unwrap_or_default().to_owned();
        // Where `http` is not allowed, the certificate is not fetched.
        if !["https://", "http://"].iter().any(|scheme| certificate.starts_with(scheme)) {
            return Err(Fault::Malformed("no address of a certificate"));
        }
        Ok(Passport {
            attestation,
            caller: caller.ok_or(Fault::Malformed("no number of a caller"))?,
            called: payload.dest.tn.map(OneOrMore::digits).unwrap_or_default(),
            signed_at: payload.iat,
            certificate,
        })
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
