//! Keys with which buyers report their sales: `POST /v1/conversions/{key}`.
//!
//! A key is the attempt's id and a tag that only the holder of the database's secret can make, so
//! that no key needs to be stored, and each buyer can report its own sale only.

use std::fmt;

use ring::hmac;

use crate::base::AttemptId;

/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 32;
/// Hexadecimal digits of a tag: HMAC-SHA-256.
const TAG_DIGITS: usize = 64;
/// What a tag is made of, besides the id: tags for another purpose differ.
const PURPOSE: &[u8] = b"strowger conversion ";

/// Secret of a database that conversion keys are made with.
#[derive(Clone)]
pub struct ConversionSecret(hmac::Key);

/// Key with which a buyer reports one sale; 96 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct ConversionKey(String);

impl ConversionSecret {
    /// Creates the secret from random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }

    /// Returns the key of an attempt.
    pub fn key(&self, attempt: AttemptId) -> ConversionKey {
        let mut text: String = attempt.to_string().chars().filter(|c| *c != '-').collect();
        let tag = hmac::sign(&self.0, &signed(attempt));
        text.extend(tag.as_ref().iter().map(|byte| format!("{byte:02x}")));
        ConversionKey(text)
    }

    /// Returns the attempt of a key; `None` for a key that was not made with this secret. Takes the
    /// same time for every wrong tag.
    pub fn attempt(&self, key: &str) -> Option<AttemptId> {
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if key.len() != ID_DIGITS + TAG_DIGITS || !key.bytes().all(lower) {
            return None;
        }
        let (id, tag) = key.split_at_checked(ID_DIGITS)?;
        let attempt: AttemptId = id.parse().ok()?;
        let byte = |place: usize| u8::from_str_radix(tag.get(place..place + 2)?, 16).ok();
        let tag: Option<Vec<u8>> = (0..TAG_DIGITS).step_by(2).map(byte).collect();
        hmac::verify(&self.0, &signed(attempt), &tag?).ok().map(|()| attempt)
    }
}

/// Returns what a tag is made of.
fn signed(attempt: AttemptId) -> Vec<u8> {
    [PURPOSE, attempt.to_string().as_bytes()].concat()
}

impl ConversionKey {
    /// Returns the key as text, to send to its buyer.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Logs do not show it.
impl fmt::Debug for ConversionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConversionSecret(..)")
    }
}

/// Logs do not show it.
impl fmt::Debug for ConversionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConversionKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::base::Wall;

    fn attempt(n: u64) -> AttemptId {
        AttemptId::new(Now::at(Wall::from_micros(1_763_632_800_000_000)), &mut Rng::seeded(n))
    }

    #[test]
    fn a_key_names_its_attempt_only_to_its_own_database() {
        let (own, other) = (ConversionSecret::new([1; 32]), ConversionSecret::new([2; 32]));
        let key = own.key(attempt(1));
        assert_eq!(key.reveal().len(), 96);
        assert_eq!(own.attempt(key.reveal()), Some(attempt(1)));
        assert_eq!(other.attempt(key.reveal()), None);
        assert_ne!(key, own.key(attempt(2)));
        assert_eq!(format!("{own:?} {key:?}"), "ConversionSecret(..) ConversionKey(..)");
    }

    /// Every digit counts, whether it is of the id or of the tag.
    #[test]
    fn an_altered_key_is_unknown() {
        let secret = ConversionSecret::new([1; 32]);
        let key = secret.key(attempt(1)).reveal().to_owned();
        for place in 0..key.len() {
            let digit = if &key[place..=place] == "0" { "1" } else { "0" };
            let altered = format!("{}{digit}{}", &key[..place], &key[place + 1..]);
            assert_eq!(secret.attempt(&altered), None, "{altered}");
        }
        let long = format!("{key}0");
        for text in ["", "0", &key[1..], &long, &key.to_uppercase(), &"é".repeat(48)] {
            assert_eq!(secret.attempt(text), None, "{text}");
        }
    }
}
