//! Digests of contacts: what a database holds in place of the contact.

use std::fmt;

use ring::hmac;

use super::contact::Contact;

/// Bytes of a digest: half of HMAC-SHA-256. With a thousand million entries, a contact that is not
/// listed is taken for one of them with a probability below 10⁻²⁹.
pub(super) const BYTES: usize = 16;
/// What the name of a key is made of: digests of contacts differ.
const NAME: &[u8] = b"strowger suppression key";

/// Key of an installation. Phone numbers are few enough that a plain hash can be undone by hashing
/// all of them. With a key that is not in the database, whoever has a copy of the database cannot.
#[derive(Clone)]
pub struct SuppressionKey(hmac::Key);

/// Keyed digest of a contact. Two contacts are the same if their digests are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; BYTES]);

impl SuppressionKey {
    /// Creates the key from random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }

    /// Returns the digest of a contact.
    pub fn digest(&self, contact: &Contact) -> Digest {
        let kind: &[u8] = match contact {
            Contact::Phone(_) => b"phone ",
            Contact::Email(_) => b"email ",
        };
        self.sign(&[kind, contact.reveal().as_bytes()])
    }

    /// Returns the name of the key, by which a database knows the key that its digests were made
    /// with. Does not reveal the key.
    pub fn name(&self) -> Digest {
        self.sign(&[NAME])
    }

    fn sign(&self, parts: &[&[u8]]) -> Digest {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        let mut bytes = [0; BYTES];
        for (to, from) in bytes.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        Digest(bytes)
    }
}

/// Logs do not show it.
impl fmt::Debug for SuppressionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuppressionKey(…)")
    }
}

/// Logs do not show it: with the key, it can be looked for.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_depend_on_the_key_the_kind_and_the_contact() {
        let (first, second) = (SuppressionKey::new([1; 32]), SuppressionKey::new([2; 32]));
        let contact = |text: &str| text.parse::<Contact>().unwrap();
        let phone = contact("+13055550123");
        assert_eq!(first.digest(&phone), first.digest(&contact("(305) 555-0123")));
        let mut all = vec![
            first.digest(&phone),
            second.digest(&phone),
            first.digest(&contact("+13055550124")),
            first.digest(&contact("a@example.com")),
            first.name(),
            second.name(),
        ];
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
