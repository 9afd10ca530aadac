//! Counts how often each of many keys did something in its current window.

use std::collections::BTreeMap;

use crate::base::Wall;
use crate::book::Rate;

/// Counts of keys, at most `most` of them.
#[derive(Debug)]
pub struct Tally<K> {
    most: usize,
    counts: BTreeMap<K, Count>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    /// End of the window, in microseconds since 1970.
    until: i64,
    used: u32,
}

impl<K: Ord> Tally<K> {
    /// Creates a tally for at most this number of keys, at least one.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), counts: BTreeMap::new() }
    }

    /// Returns whether anything is known of a key.
    pub fn knows(&self, key: &K) -> bool {
        self.counts.contains_key(key)
    }

    /// Returns when the window of a rate at a time began.
    pub fn since(rate: Rate, at: Wall) -> Wall {
        let per = micros(rate);
        Wall::from_micros(at.micros() - at.micros().rem_euclid(per))
    }

    /// Sets what a key has used in the window at a time.
    pub fn set(&mut self, key: K, rate: Rate, at: Wall, used: u32) {
        let until = Self::since(rate, at).micros().saturating_add(micros(rate));
        self.make_room(&key, at);
        self.counts.insert(key, Count { until, used });
    }

    /// Counts a key once more; returns whether its rate allows that. What is refused does not
    /// count.
    pub fn take(&mut self, key: K, rate: Rate, at: Wall) -> bool {
        if let Some(count) = self.counts.get_mut(&key)
            && at.micros() < count.until
        {
            let fits = count.used < rate.max;
            count.used += u32::from(fits);
            return fits;
        }
        self.set(key, rate, at, 1);
        true
    }

    /// Removes keys whose window is over, and if that makes no room, every other key: a flood of
    /// keys may pass the rate, but nobody is refused for the keys of others.
    fn make_room(&mut self, key: &K, at: Wall) {
        if self.counts.len() < self.most || self.counts.contains_key(key) {
            return;
        }
        self.counts.retain(|_, count| at.micros() < count.until);
        if self.counts.len() >= self.most {
            self.counts.clear();
        }
    }

    /// Returns the number of keys.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.counts.len()
    }
}

fn micros(rate: Rate) -> i64 {
    i64::try_from(rate.per.as_micros()).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RATE: Rate = Rate { max: 2, per: Duration::from_secs(60) };

    fn at(seconds: i64) -> Wall {
        Wall::from_micros(1_763_632_800_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn a_rate_counts_within_its_window() {
        let mut tally = Tally::new(10);
        for (seconds, key, allowed) in
            [(0, "a", true), (1, "a", true), (59, "a", false), (59, "b", true), (60, "a", true)]
        {
            assert_eq!(tally.take(key, RATE, at(seconds)), allowed, "{seconds} {key}");
        }
        assert_eq!(Tally::<&str>::since(RATE, at(59)), at(0));
        tally.set("c", RATE, at(61), 1);
        assert!(tally.take("c", RATE, at(62)) && !tally.take("c", RATE, at(63)));
    }

    /// Many keys take no more room than the bound, and a key among them is not refused for others.
    #[test]
    fn the_number_of_keys_is_bounded() {
        let mut tally = Tally::new(100);
        for key in 0..100_000_u32 {
            assert!(tally.take(key, RATE, at(0)));
            assert!(tally.len() <= 100);
        }
        // Keys whose window is over go first.
        let mut tally = Tally::new(3);
        for (key, seconds) in [(1, 0), (2, 50), (3, 61)] {
            tally.take(key, RATE, at(seconds));
        }
        tally.take(4, RATE, at(62));
        assert!(!tally.knows(&1) && !tally.knows(&2) && tally.knows(&3) && tally.knows(&4));
    }
}
