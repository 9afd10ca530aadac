//! The limit on new calls per second: a token bucket.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::base::Mono;

/// Admits so many calls per second, or per another time, with bursts of as many.
#[derive(Debug)]
pub(super) struct Gate {
    /// The bucket is full when this is that time in the past, empty when it is now.
    spent_until: Mono,
}

/// Most trunks, or addresses, that call at once.
const SHARES_MAX: usize = 4_096;
/// Longest idle time that is saved for a burst.
const BURST: Duration = Duration::from_secs(1);

impl Gate {
    /// Creates a full bucket.
    pub(super) fn new(now: Mono) -> Self {
        Self::full(BURST, now)
    }

    /// Creates a full bucket of calls in a time.
    pub(super) fn full(time: Duration, now: Mono) -> Self {
        Self { spent_until: Mono::from_nanos(now.nanos().saturating_sub(nanos(time))) }
    }

    /// Returns whether one more call is admitted now at `rate` calls per second, and counts it.
    pub(super) fn pass(&mut self, rate: u32, now: Mono) -> bool {
        self.pass_within(rate, BURST, now)
    }

    /// Returns whether one more call is admitted now at so many calls in a time, and counts it.
    pub(super) fn pass_within(&mut self, calls: u32, time: Duration, now: Mono) -> bool {
        let earliest = Mono::from_nanos(now.nanos().saturating_sub(nanos(time)));
        let spent = self.spent_until.max(earliest) + time / calls.max(1);
        let room = spent <= now;
        if room {
            self.spent_until = spent;
        }
        room
    }

    /// Returns whether no call has passed for a while.
    fn is_full(&self, now: Mono) -> bool {
        self.is_full_after(BURST, now)
    }

    /// Returns whether no call has passed for a time.
    pub(super) fn is_full_after(&self, time: Duration, now: Mono) -> bool {
        self.spent_until + time <= now
    }
}

/// Shares of the rate: one gate for each trunk, or each address, that is calling now. One that
/// calls alone has the whole rate; of several each has the same part, so that a flood by one leaves
/// the others theirs.
#[derive(Debug)]
pub(super) struct Shares<K> {
    gates: HashMap<K, Gate>,
}

impl<K: Eq + Hash> Shares<K> {
    /// Creates shares of which none is used.
    pub(super) fn new() -> Self {
        Self { gates: HashMap::new() }
    }

    /// Returns whether one more call of `key` may pass now, of `rate` calls a second for all, and
    /// counts it. With [`SHARES_MAX`] keys at once, none may of a further one.
    pub(super) fn pass(&mut self, key: K, rate: u32, now: Mono) -> bool {
        self.gates.retain(|known, gate| *known == key || !gate.is_full(now));
        if self.gates.len() >= SHARES_MAX && !self.gates.contains_key(&key) {
            return false;
        }
        let gates = self.gates.len() + usize::from(!self.gates.contains_key(&key));
        let share = rate / u32::try_from(gates).unwrap_or(u32::MAX).max(1);
        self.gates.entry(key).or_insert_with(|| Gate::new(now)).pass(share, now)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate() {
        let start = Mono::from_nanos(0) + Duration::from_secs(100);
        let mut gate = Gate::new(start);
        let passed = |gate: &mut Gate, at: Mono| (0..100).filter(|_| gate.pass(10, at)).count();
        assert_eq!(passed(&mut gate, start), 10);
        assert_eq!(passed(&mut gate, start + Duration::from_millis(500)), 5);
        assert_eq!(passed(&mut gate, start + Duration::from_secs(60)), 10);
    }

    #[test]
    fn a_flood_by_one_leaves_the_others_their_share() {
        let start = Mono::from_nanos(0) + Duration::from_secs(100);
        let mut shares = Shares::new();
        let mut passed = |key: &'static str, calls: u32, at: Mono| {
            (0..calls).filter(|_| shares.pass(key, 10, at)).count()
        };
        assert_eq!(passed("flood", 100, start), 10, "alone it has the whole rate");
        let later = start + Duration::from_secs(1);
        assert_eq!(passed("calm", 3, later), 3);
        assert_eq!(passed("flood", 100, later), 5, "now it has half");
        assert_eq!(passed("third", 100, later), 3, "and now a third");
        assert_eq!(passed("flood", 100, later + Duration::from_secs(9)), 10, "alone again");
    }

    #[test]
    fn only_so_many_share() {
        let start = Mono::from_nanos(0) + Duration::from_secs(100);
        let mut shares = Shares::new();
        for key in 0..=SHARES_MAX {
            assert_eq!(shares.pass(key, 1_000_000, start), key < SHARES_MAX, "{key}");
        }
        assert!(shares.pass(SHARES_MAX, 10, start + Duration::from_secs(5)));
    }
}
