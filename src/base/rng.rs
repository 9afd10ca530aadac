//! Randomness as an argument: a seed gives the same stream on every machine and version.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;
use rand_core::SeedableRng as _;

/// A seeded generator (ChaCha8). Strong enough for SIP tags and branches, and reproducible, so
/// that a stored seed replays a decision.
#[derive(Debug, Clone)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// Creates the stream of a 64-bit seed, for simulations and replays.
    pub fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Creates the stream of a full seed from the operating system's entropy, for live systems.
    pub fn from_entropy(seed: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// Creates an independent generator, so that the draws of one call do not shift another's.
    pub fn fork(&mut self) -> Self {
        let mut seed = [0; 32];
        self.fill(&mut seed);
        Self::from_entropy(seed)
    }

    /// Returns 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Returns a uniform number in `0..bound`, without modulo bias (Lemire's multiply-shift with
    /// rejection); 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            let low = product & u128::from(u64::MAX);
            if low >= u128::from(threshold) {
                return u64::try_from(product >> 64).unwrap_or(0);
            }
        }
    }

    /// Returns `true` with a probability of `parts` in `whole`.
    pub fn chance(&mut self, parts: u64, whole: u64) -> bool {
        self.below(whole) < parts
    }

    /// Fills `bytes` with uniform bits.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_replays() {
        let draw = |seed| (0..4).map(|_| Rng::seeded(seed).next_u64()).collect::<Vec<_>>();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn below_stays_below_and_reaches_all() {
        let mut rng = Rng::seeded(3);
        let mut seen = [false; 7];
        for _ in 0..500 {
            seen[usize::try_from(rng.below(7)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(rng.below(0), 0);
    }
}
