//! The limit on new calls per second: a token bucket.

use std::time::Duration;

use crate::base::Mono;

/// Admits `rate` calls per second, with bursts of one second's worth.
#[derive(Debug)]
pub(super) struct Gate {
    /// Time that one call uses.
    cost: Duration,
    /// The bucket is full when this is a second in the past, empty when it is now.
    spent_until: Mono,
}

/// Longest idle time that is saved for a burst.
const BURST: Duration = Duration::from_secs(1);

impl Gate {
    /// Creates a full bucket.
    pub(super) fn new(rate: u32, now: Mono) -> Self {
        let full = Mono::from_nanos(now.nanos().saturating_sub(nanos(BURST)));
        Self { cost: BURST / rate.max(1), spent_until: full }
    }

    /// Returns whether one more call is admitted now, and counts it.
    pub(super) fn pass(&mut self, now: Mono) -> bool {
        let earliest = Mono::from_nanos(now.nanos().saturating_sub(nanos(BURST)));
        let spent = self.spent_until.max(earliest) + self.cost;
        let room = spent <= now;
        if room {
            self.spent_until = spent;
        }
        room
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
        let mut gate = Gate::new(10, start);
        let passed = |gate: &mut Gate, at: Mono| (0..100).filter(|_| gate.pass(at)).count();
        assert_eq!(passed(&mut gate, start), 10);
        assert_eq!(passed(&mut gate, start + Duration::from_millis(500)), 5);
        assert_eq!(passed(&mut gate, start + Duration::from_secs(60)), 10);
    }
}
