//! Service accounts of Google: what they ask a token for.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;

use crate::base::Wall;

use super::Unsendable;

/// Life of a request for a token, in seconds; Google takes no longer one.
const ASSERTION_SECONDS: i64 = 3_600;
/// What the token is for.
const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets";
/// Header of a JSON Web Token that is signed with RSA and SHA-256 (RFC 7515 §4.1).
const HEADER: &str = r#"{"alg":"RS256","typ":"JWT"}"#;

/// The key of a service account. It does not print its key.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    client_email: String,
    token_uri: String,
    /// PKCS #8, in DER.
    key: Vec<u8>,
}

/// Google's document with the key; further members are ignored.
#[derive(Deserialize)]
struct Document {
    client_email: String,
    token_uri: String,
    private_key: String,
}

impl ServiceAccount {
    /// Reads the JSON document that Google issues.
    ///
    /// # Errors
    /// [`Unsendable::Account`]: it is not such a document. The error does not show it.
    pub fn parse(text: &str) -> Result<Self, Unsendable> {
        let document: Document = serde_json::from_str(text)
            .map_err(|_| Unsendable::Account("it is not a JSON document with its key"))?;
        let key = pkcs8(&document.private_key);
        let key = key.ok_or(Unsendable::Account("its `private_key` is not PKCS #8 in PEM"))?;
        let Document { client_email, token_uri, .. } = document;
        Ok(Self { client_email, token_uri, key })
    }

    /// Returns the e-mail address that names the account.
    pub fn name(&self) -> &str {
        &self.client_email
    }

    /// Returns where tokens are issued.
    pub fn token_url(&self) -> &str {
        &self.token_uri
    }

    /// Returns the key that signs: PKCS #8, in DER.
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// Returns what the key signs with RSA PKCS #1 v1.5 and SHA-256 (RFC 7523 §2.1, RFC 7515 §5.1).
    pub fn claims(&self, at: Wall) -> String {
        let now = at.micros().div_euclid(1_000_000);
        let claims = json!({
            "iss": self.client_email,
            "scope": SCOPE,
            "aud": self.token_uri,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        });
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}", encoded(HEADER), encoded(&claims.to_string()))
    }

    /// Returns the assertion of signed claims.
    pub fn assertion(claims: &str, signature: &[u8]) -> String {
        format!("{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Returns the key in a PEM document (RFC 7468 §10).
fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (encoded, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let encoded: String = encoded.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(encoded).ok()
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceAccount").field(&self.client_email).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_name_the_account_and_end_after_an_hour() {
        let text = r#"{"type":"service_account","client_email":"a@p.example",
            "token_uri":"https://t.example/token",
            "private_key":"-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n"}"#;
        let account = ServiceAccount::parse(text).unwrap();
        assert_eq!(account.key(), [1, 2, 3]);
        let claims = account.claims(Wall::from_micros(1_764_385_200_000_000));
        let parts: Vec<String> = claims
            .split('.')
            .map(|part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        assert_eq!(parts[0], HEADER);
        let claims: serde_json::Value = serde_json::from_str(&parts[1]).unwrap();
        assert_eq!(
            claims,
            json!({ "iss": "a@p.example", "scope": SCOPE, "aud": "https://t.example/token",
                "iat": 1_764_385_200, "exp": 1_764_388_800 })
        );
        assert!(!format!("{account:?}").contains("[1"));
    }

    #[test]
    fn other_texts_are_no_accounts_and_are_not_shown() {
        for text in [
            "",
            "{}",
            "hidden",
            r#"{"client_email":"a","token_uri":"b","private_key":"hidden"}"#,
            r#"{"client_email":"a","token_uri":"b","private_key":"-----BEGIN PRIVATE KEY-----\nhidden!\n-----END PRIVATE KEY-----"}"#,
        ] {
            let error = ServiceAccount::parse(text).unwrap_err();
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
    }
}
