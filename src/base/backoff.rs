//! Pauses before something that failed is tried again.

use std::time::Duration;

use super::Rng;

/// The first pause.
const FIRST: Duration = Duration::from_millis(50);
/// The longest pause, and the longest delay until a recovery is noticed.
const LONGEST: Duration = Duration::from_secs(2);

/// Pauses that double up to [`LONGEST`], each shortened at random by up to half, so that nodes that
/// failed together do not retry together.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    rng: Rng,
}

impl Backoff {
    /// Creates the pauses of an operation that has not failed yet.
    pub fn new(rng: Rng) -> Self {
        Self { next: FIRST, rng }
    }

    /// Returns the pause after one more failure.
    pub fn pause(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST);
        let micros = u64::try_from(whole.as_micros()).unwrap_or(u64::MAX);
        whole - Duration::from_micros(self.rng.below(micros / 2 + 1))
    }

    /// Resets the pause after a success.
    pub fn reset(&mut self) {
        self.next = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_bound_and_differ_by_chance() {
        let mut backoff = Backoff::new(Rng::seeded(1));
        let pauses: Vec<Duration> = (0..20).map(|_| backoff.pause()).collect();
        let mut whole = FIRST;
        for pause in &pauses {
            assert!(*pause <= whole && *pause >= whole / 2, "{pause:?} of {whole:?}");
            whole = (whole * 2).min(LONGEST);
        }
        let mut last = pauses[10..].to_vec();
        last.dedup();
        assert!(last.len() > 5, "the pauses are jittered: {last:?}");
        backoff.reset();
        assert!(backoff.pause() <= FIRST);
    }
}
