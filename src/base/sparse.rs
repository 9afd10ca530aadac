//! Limits how often one kind of event is logged.

use std::time::Duration;

use super::Mono;

/// Shortest time between two log lines of one kind of event.
const EVERY: Duration = Duration::from_secs(10);

/// Limits one kind of event to a log line every ten seconds, and counts the others.
#[derive(Debug, Default)]
pub struct Sparse {
    next: Option<Mono>,
    unlogged: u64,
}

impl Sparse {
    /// Counts an event. If it is to be logged, returns the number of events that were not logged
    /// since the last line; else returns `None`.
    pub fn take(&mut self, now: Mono) -> Option<u64> {
        if self.next.is_some_and(|next| now < next) {
            self.unlogged += 1;
            return None;
        }
        self.next = Some(now + EVERY);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_logged_and_the_others_are_counted() {
        let at = |seconds| Mono::default() + Duration::from_secs(seconds);
        let mut sparse = Sparse::default();
        assert_eq!(sparse.take(at(5)), Some(0));
        for second in [5, 6, 14] {
            assert_eq!(sparse.take(at(second)), None);
        }
        assert_eq!(sparse.take(at(15)), Some(3));
        assert_eq!(sparse.take(at(100)), Some(0));
    }
}
