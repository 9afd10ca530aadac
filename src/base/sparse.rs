//! Events that come by the thousand, in the log: the first is logged, then how many more there were.

use std::time::Duration;

use super::Mono;

/// How long events of one kind are counted before the next of them is logged.
const EVERY: Duration = Duration::from_secs(10);

/// Says which events of one kind are logged: the first, then one each ten seconds.
#[derive(Debug, Default)]
pub struct Sparse {
    next: Option<Mono>,
    unlogged: u64,
}

impl Sparse {
    /// Takes one event. Returns how many before it were not logged when it is to be logged, else
    /// `None`.
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
