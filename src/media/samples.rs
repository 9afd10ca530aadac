//! The samples of one packet.

use std::slice;

use super::g711;
use super::g711::Law;

/// Longest audio packet in codes that is encoded again; the rest of a longer one is left out.
pub(crate) const LONGEST: usize = 2_048;

/// Samples at 8 kHz of one packet.
#[derive(Debug, Clone)]
pub(crate) enum Samples<'a> {
    /// Codes of a law.
    Law(Law, slice::Iter<'a, u8>),
    /// Samples that a decoder has made.
    Decoded(slice::Iter<'a, i16>),
}

impl Iterator for Samples<'_> {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        match self {
            Self::Law(law, codes) => codes.next().map(|code| g711::decode(*law, *code)),
            Self::Decoded(samples) => samples.next().copied(),
        }
    }
}
