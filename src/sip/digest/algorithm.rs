//! Hash algorithms.

use std::fmt::Write as _;

use md5::Md5;
use sha2::Digest as _;
use sha2::Sha256;

/// Hash algorithm of a digest (RFC 8760 §2.1). The order is that of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `MD5`, also of a challenge that names none.
    Md5,
    /// `SHA-256`.
    Sha256,
}

impl Algorithm {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// Returns the algorithm with a name, in any case; `None` if it is not supported.
    pub(super) fn named(name: &str) -> Option<Algorithm> {
        let all = [Algorithm::Md5, Algorithm::Sha256];
        all.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// Returns the hash of texts joined by colons, in lower-case hexadecimal (RFC 7616 §3.4.1).
    pub(in crate::sip) fn hash(self, texts: &[&str]) -> String {
        let joined = texts.join(":");
        let mut hex = String::with_capacity(64);
        let mut write = |bytes: &[u8]| {
            for byte in bytes {
                // Writing to memory cannot fail.
                let _ = write!(hex, "{byte:02x}");
            }
        };
        match self {
            Algorithm::Md5 => write(&Md5::digest(joined.as_bytes())),
            Algorithm::Sha256 => write(&Sha256::digest(joined.as_bytes())),
        }
        hex
    }
}
