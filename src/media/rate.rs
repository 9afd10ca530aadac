//! The rate of RTP that a leg accepts.
//!
//! Without a bound, a far end makes the switch send as fast as it can receive. The bound is far
//! above any real stream: packets of 20 ms are 50 a second, those of 10 ms 100, and keys add 50.

use std::time::Duration;

use crate::base::Mono;

/// Most packets per second that a leg accepts in the long run.
pub const RATE_MAX: u32 = 500;
/// Most packets that a leg accepts at once: 30 s of packets of 20 ms, which a network that stalled
/// may deliver in one burst.
pub const BURST_MAX: u32 = 1_500;

/// Time that one packet uses up.
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / RATE_MAX as u64);

/// What a leg may still receive: a virtual schedule of one packet per interval (the generic cell
/// rate algorithm of ITU-T I.371).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Allowance {
    /// When all packets so far have used up their time.
    used_until: Mono,
}

impl Allowance {
    /// Takes a packet if it is within the rate.
    pub(crate) fn take(&mut self, now: Mono) -> bool {
        let from = self.used_until.max(now);
        let is_within = from.since(now) < INTERVAL * BURST_MAX;
        if is_within {
            self.used_until = from + INTERVAL;
        }
        is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `count` packets, one every `every`; returns how many are accepted, and the time after.
    fn send(allowance: &mut Allowance, count: u32, every: Duration, from: Mono) -> (u32, Mono) {
        let mut now = from;
        let mut accepted = 0;
        for _ in 0..count {
            accepted += u32::from(allowance.take(now));
            now = now + every;
        }
        (accepted, now)
    }

    #[test]
    fn a_stream_at_the_bound_is_accepted_for_ever_and_one_above_it_in_part() {
        // (packets per second, accepted of 60 s)
        for (rate, expected) in [
            (50, 3_000),
            (100, 6_000),
            (RATE_MAX, 60 * RATE_MAX),
            (2 * RATE_MAX, 60 * RATE_MAX + BURST_MAX),
            (20 * RATE_MAX, 60 * RATE_MAX + BURST_MAX),
        ] {
            let every = Duration::from_nanos(1_000_000_000 / u64::from(rate));
            let from = Mono::default() + Duration::from_secs(5);
            let (accepted, _) = send(&mut Allowance::default(), 60 * rate, every, from);
            let off = accepted.abs_diff(expected);
            assert!(off <= 1, "{rate}: {accepted} of {expected}");
        }
    }

    #[test]
    fn a_burst_is_accepted_up_to_the_bound_and_again_after_a_pause() {
        let mut allowance = Allowance::default();
        let at_once = Duration::ZERO;
        let begin = Mono::default() + Duration::from_secs(5);
        assert_eq!(send(&mut allowance, BURST_MAX, at_once, begin).0, BURST_MAX);
        assert_eq!(send(&mut allowance, 100, at_once, begin).0, 0);
        // What was dropped uses nothing up: one interval later there is room for one packet.
        let next = begin + INTERVAL;
        assert_eq!(send(&mut allowance, 100, at_once, next).0, 1);
        let rested = next + INTERVAL * BURST_MAX;
        assert_eq!(send(&mut allowance, 2 * BURST_MAX, at_once, rested).0, BURST_MAX);
    }
}
