//! Keys of platforms, and signatures by them.

use std::fmt;

use ring::hmac;

/// A secret of a platform. It prints as `(secret)`.
#[derive(Clone, PartialEq, Eq)]
pub struct PlatformKey(String);

/// How leads are fetched from a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformAccess {
    /// Base of the API, without a slash at its end.
    pub api: String,
    /// Token that the API asks for.
    pub token: PlatformKey,
}

impl PlatformKey {
    /// Creates a key.
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// Returns the secret. Never write it to a log.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether a text is the secret, in a time that does not depend on where they differ.
    pub fn is(&self, text: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        let own = hmac::sign(&key, self.0.as_bytes());
        // Both are signed by the same key: equal signatures are those of equal texts.
        hmac::verify(&key, text.as_bytes(), own.as_ref()).is_ok()
    }

    /// Returns HMAC-SHA256 of a text, as lower-case hexadecimal digits.
    pub fn sign(&self, text: &[u8]) -> String {
        let signed = hmac::sign(&self.key(), text);
        signed.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns whether hexadecimal digits are the HMAC-SHA256 of these parts, one after another, in
    /// a time that does not depend on where they differ.
    pub fn signed(&self, parts: &[&[u8]], given: &str) -> bool {
        let Some(given) = bytes(given.trim()) else { return false };
        hmac::verify(&self.key(), &parts.concat(), &given).is_ok()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes())
    }
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Returns the bytes that hexadecimal digits stand for.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn a_signature_is_checked_over_every_byte() {
        let key = PlatformKey::new("Jefe");
        let digits = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(key.sign(b"what do ya want for nothing?"), digits);
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert!(key.signed(&parts, digits));
        assert!(key.signed(&parts, &digits.to_uppercase()));
        for wrong in ["", "5b", &digits[2..], &digits.replace('5', "6"), "zz", "é"] {
            assert!(!key.signed(&parts, wrong), "{wrong}");
        }
        assert!(!key.signed(&[b"what do ya want for nothing? "], digits));
        assert!(key.is("Jefe") && !key.is("jefe") && !key.is(""));
        assert_eq!(format!("{key:?}"), "(secret)");
    }
}
