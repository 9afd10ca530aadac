//! Attestation: what the caller's carrier vouches for (RFC 8588 §4, ATIS-1000074).

use std::fmt;
use std::str::FromStr;

/// How far the originating carrier vouches for the caller's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attestation {
    /// Full: it knows the caller, and that the number is theirs.
    A,
    /// Partial: it knows the caller.
    B,
    /// Gateway: it knows where the call came in.
    C,
}

impl Attestation {
    /// The letter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Attestation::A => "A",
            Attestation::B => "B",
            Attestation::C => "C",
        }
    }
}

impl FromStr for Attestation {
    type Err = String;
    /// Reads the letter, in either case.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "A" | "a" => Ok(Attestation::A),
            "B" | "b" => Ok(Attestation::B),
            "C" | "c" => Ok(Attestation::C),
            other => {
                let shown: String = other.chars().take(40).collect();
                Err(format!("`{shown}` is not an attestation: use A, B or C"))
            }
        }
    }
}

impl fmt::Display for Attestation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
