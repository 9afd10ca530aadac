//! How often each caller calls.

use std::collections::HashMap;
use std::time::Duration;

use super::gate::Gate;
use crate::base::Mono;
use crate::base::Phone;

/// Most callers that are counted at once. A caller beyond it is not limited: what comes from so many
/// numbers is limited by the calls per second of its trunk and address.
const CALLERS_MAX: usize = 65_536;
/// Time of the limit.
const MINUTE: Duration = Duration::from_secs(60);
/// Time between two looks for callers who no longer count.
const LOOK: Duration = Duration::from_secs(1);

/// Counts the calls of each caller in the last minute.
#[derive(Debug, Default)]
pub(super) struct CallerRate {
    gates: HashMap<Phone, Gate>,
    /// When callers who no longer count were last removed for want of room.
    looked: Mono,
}

impl CallerRate {
    /// Returns whether one more call of a caller is within so many a minute, and counts it.
    pub(super) fn pass(&mut self, caller: &Phone, calls: u32, now: Mono) -> bool {
        if let Some(gate) = self.gates.get_mut(caller) {
            return gate.pass_within(calls, MINUTE, now);
        }
        if self.gates.len() >= CALLERS_MAX && now.since(self.looked) >= LOOK {
            self.looked = now;
            self.gates.retain(|_, gate| !gate.is_full_after(MINUTE, now));
        }
        if self.gates.len() >= CALLERS_MAX {
            return true;
        }
        let gate = self.gates.entry(caller.clone()).or_insert_with(|| Gate::full(MINUTE, now));
        gate.pass_within(calls, MINUTE, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono::from_nanos(0) + Duration::from_secs(1_000 + seconds)
    }

    fn caller(n: usize) -> Phone {
        format!("+1305555{:04}", n % 10_000).parse().unwrap()
    }

    #[test]
    fn a_caller_has_so_many_calls_a_minute_and_one_more_with_time() {
        let mut rate = CallerRate::default();
        let mut passed =
            |n, second| (0..9).filter(|_| rate.pass(&caller(n), 3, at(second))).count();
        assert_eq!(passed(1, 0), 3);
        assert_eq!(passed(1, 19), 0);
        assert_eq!(passed(1, 20), 1);
        assert_eq!(passed(2, 20), 3, "another caller has its own");
        assert_eq!(passed(1, 600), 3);
    }

    #[test]
    fn so_many_callers_are_counted_and_further_ones_pass() {
        let mut rate = CallerRate::default();
        let number = |n: usize| format!("+1{:010}", 3_055_500_000_usize + n);
        let all: Vec<Phone> = (0..=CALLERS_MAX).filter_map(|n| number(n).parse().ok()).collect();
        for one in all.iter().take(CALLERS_MAX) {
            assert!(rate.pass(one, 1, at(0)));
        }
        let last = all.last().unwrap();
        assert!(rate.pass(last, 1, at(1)) && rate.pass(last, 1, at(1)), "not counted");
        assert!(!rate.pass(&all[0], 1, at(1)));
        assert!(rate.pass(last, 1, at(120)));
        assert!(!rate.pass(last, 1, at(120)), "counted: the others are gone");
    }
}
