//! A hasher for keys that are already random: ids with 74 random bits, and hashes.

use std::hash::BuildHasher;
use std::hash::Hasher;

/// Odd, with well spread bits: the fractional part of the golden ratio (Knuth, "The Art of Computer
/// Programming" 3, §6.4).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Creates [`ScatterHasher`]s. Not for keys that outsiders choose: they could choose equal hashes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scatter;

impl BuildHasher for Scatter {
    type Hasher = ScatterHasher;

    fn build_hasher(&self) -> ScatterHasher {
        ScatterHasher(0)
    }
}

/// Keeps the last eight bytes written.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScatterHasher(u64);

impl Hasher for ScatterHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk::<8>() {
            self.write_u64(u64::from_be_bytes(*last));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(GOLDEN);
    }

    /// Ids of equal length are not distinguished by their length.
    fn write_usize(&mut self, _: usize) {}
}
