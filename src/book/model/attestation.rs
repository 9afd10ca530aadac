//! Attestation by the caller's carrier (RFC 8588 §4, ATIS-1000074).

use std::fmt;
use std::str::FromStr;

/// Level at which the originating carrier attests the caller's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attestation {
    /// Full: the carrier knows the caller and their right to the number.
    A,
    /// Partial: the carrier knows the caller.
    B,
    /// Gateway: the carrier knows where the call entered its network.
    C,
}

impl Attestation {
    /// Returns the letter.
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
    /// Parses the letter, in either case.
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
