//! SRTP as SDP negotiates it and the media use it: suites, keys, and when it is asked for.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;

use super::Rng;

/// Bytes of a master key with its salt: 16 and 14 (RFC 4568 §6.2).
pub const MASTER_KEY: usize = 30;

/// When the audio with a carrier or a buyer is SRTP, by keys in the SDP (SDES, RFC 4568).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Srtp {
    /// Offered where SIP goes over TLS, which keeps the keys secret; taken wherever it is offered.
    #[default]
    Auto,
    /// Neither offered nor taken.
    Off,
    /// Offered over any transport; plain RTP is refused.
    Required,
}

impl Srtp {
    /// All values, in the order of the documents.
    pub const ALL: &'static [Srtp] = &[Srtp::Auto, Srtp::Off, Srtp::Required];

    /// Returns the name in the route book.
    pub const fn name(self) -> &'static str {
        match self {
            Srtp::Auto => "auto",
            Srtp::Off => "off",
            Srtp::Required => "required",
        }
    }
}

/// A crypto suite of SRTP: AES in counter mode by keys of 128 bits, and HMAC-SHA1 (RFC 4568 §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suite {
    /// With tags of 80 bits.
    Sha1Tag80,
    /// With tags of 32 bits; those of RTCP have 80 bits.
    Sha1Tag32,
}

impl Suite {
    /// All suites, the strongest first.
    pub const ALL: &'static [Suite] = &[Suite::Sha1Tag80, Suite::Sha1Tag32];

    /// Returns the name in `a=crypto`.
    pub const fn name(self) -> &'static str {
        match self {
            Suite::Sha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::Sha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// Returns the bytes of an RTP packet's tag.
    pub const fn tag(self) -> usize {
        match self {
            Suite::Sha1Tag80 => 10,
            Suite::Sha1Tag32 => 4,
        }
    }
}

/// A master key and its salt. Its bytes are not printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey([u8; MASTER_KEY]);

impl MasterKey {
    /// Creates a key of its bytes: 16 of the key, 14 of the salt.
    pub const fn new(bytes: [u8; MASTER_KEY]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes: 16 of the key, 14 of the salt.
    pub const fn bytes(&self) -> &[u8; MASTER_KEY] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Secret of a leg that its own master keys come from. Its bytes are not printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeySeed([u8; 32]);

impl KeySeed {
    /// Draws a seed.
    pub fn random(rng: &mut Rng) -> Self {
        let mut seed = [0; 32];
        rng.fill(&mut seed);
        Self(seed)
    }

    /// Returns the key of a suite in a generation. Two keys of a seed have nothing in common that
    /// can be seen: each is a hash of the seed, the suite, and the generation.
    pub fn key(&self, suite: Suite, generation: u32) -> MasterKey {
        let hash = Sha256::new()
            .chain_update(self.0)
            .chain_update(suite.name())
            .chain_update(generation.to_be_bytes())
            .finalize();
        let mut bytes = [0; MASTER_KEY];
        for (to, from) in bytes.iter_mut().zip(hash) {
            *to = from;
        }
        MasterKey(bytes)
    }
}

impl fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySeed(..)")
    }
}

/// What both sides of a leg agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Security {
    /// Suite in both directions.
    pub suite: Suite,
    /// Key of what the switch sends.
    pub ours: MasterKey,
    /// Key of what the far end sends.
    pub theirs: MasterKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_are_not_printed() {
        let seed = KeySeed::random(&mut Rng::seeded(1));
        let other = KeySeed::random(&mut Rng::seeded(2));
        let keys = [
            seed.key(Suite::Sha1Tag80, 0),
            seed.key(Suite::Sha1Tag32, 0),
            seed.key(Suite::Sha1Tag80, 1),
            other.key(Suite::Sha1Tag80, 0),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert_eq!(keys.iter().filter(|other| *other == key).count(), 1, "{i}");
        }
        assert_eq!(keys[0], seed.key(Suite::Sha1Tag80, 0));
        assert_eq!(format!("{:?} {seed:?}", keys[0]), "MasterKey(..) KeySeed(..)");
    }
}
