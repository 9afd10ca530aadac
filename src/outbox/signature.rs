//! Signatures by Standard Webhooks (the specification of standardwebhooks.com, scheme `v1`).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// Prefix of a key's text.
const PREFIX: &str = "whsec_";
/// Shortest and longest key, in bytes.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key that signs requests. It prints as `(secret)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

/// Why a text is not a key. It does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a signing key: write whsec_ and the base64 of 24 to 64 random bytes")]
pub struct InvalidKey;

impl Key {
    /// Creates a key from random bytes.
    pub fn of(random: [u8; 32]) -> Self {
        Self(random.to_vec())
    }

    /// Returns the text of the key, for its receiver. Never write it to a log.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// Returns the signature of a message: `v1,` and the base64 of HMAC-SHA256 over its id, its
    /// time in seconds since 1970, and its body, joined by full stops.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(InvalidKey)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| InvalidKey)?;
        BYTES.contains(&bytes.len()).then_some(Self(bytes)).ok_or(InvalidKey)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the specification's own libraries test.
    #[test]
    fn the_published_vector_is_reproduced() {
        let key: Key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(key.sign(id, 1_614_265_330, body), signature);
        for other in [
            key.sign("msg_p5jXN8AQM9LWM0D4loKWxJel", 1_614_265_330, body),
            key.sign(id, 1_614_265_331, body),
            key.sign(id, 1_614_265_330, br#"{"test": 2432232315}"#),
        ] {
            assert_ne!(other, signature);
        }
    }

    #[test]
    fn keys_are_parsed_as_they_are_shown_and_never_print() {
        let key = Key::of([7; 32]);
        assert_eq!(key.reveal().parse(), Ok(key.clone()));
        assert_eq!(format!("{key:?}"), "(secret)");
        for text in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_not base64!",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(text.parse::<Key>(), Err(InvalidKey), "{text}");
        }
    }
}
