//! Nonces of the agent: they hold their own time and are bound to an address, so that none has to be
//! stored before it is used.

use std::net::IpAddr;
use std::time::Duration;

use ring::hmac;

use crate::base::Mono;

/// Bytes of the authentication code in a nonce.
const CODE: usize = 16;
/// Bytes of a nonce.
const BYTES: usize = 8 + 8 + CODE;

/// A nonce: when it was made, and random bits that distinguish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nonce {
    /// When it was made, in microseconds of the agent's clock.
    pub(super) made: u64,
    salt: u64,
}

impl Nonce {
    pub(super) fn new(now: Mono, salt: u64) -> Nonce {
        let made = now.since(Mono::default()).as_micros();
        Nonce { made: u64::try_from(made).unwrap_or(u64::MAX), salt }
    }

    /// Returns whether it is older than a time.
    pub(super) fn is_older(&self, than: Duration, now: Mono) -> bool {
        let age = Nonce::new(now, 0).made.saturating_sub(self.made);
        Duration::from_micros(age) > than
    }

    /// Writes it for a client at an address.
    pub(super) fn write(&self, key: &hmac::Key, client: IpAddr) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(&self.made.to_be_bytes());
        bytes.extend_from_slice(&self.salt.to_be_bytes());
        let code = hmac::sign(key, &signed(&bytes, client));
        bytes.extend(code.as_ref().iter().take(CODE));
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a nonce that this agent wrote for a client at this address.
    pub(super) fn read(text: &str, key: &hmac::Key, client: IpAddr) -> Option<Nonce> {
        let word = |at: usize| u64::from_str_radix(text.get(at..at + 16)?, 16).ok();
        let nonce = Nonce { made: word(0)?, salt: word(16)? };
        (nonce.write(key, client) == text).then_some(nonce)
    }
}

fn signed(nonce: &[u8], client: IpAddr) -> Vec<u8> {
    [nonce, client.to_canonical().to_string().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_address_and_agent_read_it_back() {
        let key = |secret: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, secret);
        let (ours, other) = (key(b"ours"), key(b"other"));
        let client: IpAddr = "192.0.2.1".parse().unwrap();
        let now = Mono::default() + Duration::from_secs(7);
        let nonce = Nonce::new(now, 99);
        let text = nonce.write(&ours, client);
        assert_eq!(Nonce::read(&text, &ours, client), Some(nonce));
        assert_eq!(Nonce::read(&text, &ours, "::ffff:192.0.2.1".parse().unwrap()), Some(nonce));
        assert_eq!(Nonce::read(&text, &ours, "192.0.2.2".parse().unwrap()), None);
        assert_eq!(Nonce::read(&text, &other, client), None);
        for bad in ["", "x", &text[1..], &format!("{text}0"), &text.to_uppercase(), "é"] {
            assert_eq!(Nonce::read(bad, &ours, client), None, "{bad}");
        }
        let age = Duration::from_secs(60);
        assert!(!nonce.is_older(age, now + age));
        assert!(nonce.is_older(age, now + age + Duration::from_micros(1)));
    }
}
