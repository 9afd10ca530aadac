//! Contracts that rest after calls that the buyer did not answer.

use crate::base::Wall;
use crate::book::AutoPause;

/// Unanswered calls of one contract, and the end of its rest.
#[derive(Debug, Clone, Default)]
pub(super) struct Rest {
    /// Latest unanswered calls, oldest first; never more than the rule counts.
    unanswered: Vec<Wall>,
    until: Option<Wall>,
}

impl Rest {
    /// Returns the end of the current or last rest.
    pub(super) fn until(&self) -> Option<Wall> {
        self.until
    }

    /// Records an answered call: the count restarts. A rest that has begun runs to its end.
    pub(super) fn answered(&mut self) {
        self.unanswered.clear();
    }

    /// Records an unanswered call.
    pub(super) fn unanswered(&mut self, rule: &AutoPause, at: Wall) {
        self.unanswered.retain(|earlier| *earlier + rule.window > at);
        self.unanswered.push(at);
        if self.unanswered.len() >= usize::from(rule.unanswered) {
            self.unanswered.clear();
            let until = at + rule.pause;
            self.until = Some(self.until.map_or(until, |earlier| earlier.max(until)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn three_in_a_row_within_the_window() {
        let rule = AutoPause { unanswered: 3, window: 10 * MINUTE, pause: 30 * MINUTE };
        // Calls by minute, and the minute until which the contract then rests.
        for (events, until) in [
            ("n0 n1", None),
            ("n0 n1 n2", Some(32)),
            ("n0 n5 n10", None),
            ("n0 n5 n9", Some(39)),
            ("n0 n1 a2 n3 n4", None),
            ("n0 n1 a2 n3 n4 n5", Some(35)),
            ("n0 n1 n2 a3", Some(32)),
            ("n0 n1 n2 n3 n4", Some(32)),
            ("n0 n1 n2 n3 n4 n5", Some(35)),
        ] {
            let minute =
                |minute: u64| Wall::from_micros(0) + MINUTE * u32::try_from(minute).unwrap();
            let mut rest = Rest::default();
            for event in events.split(' ') {
                let (what, at) = event.split_at(1);
                match what {
                    "a" => rest.answered(),
                    _ => rest.unanswered(&rule, minute(at.parse().unwrap())),
                }
            }
            assert_eq!(rest.until(), until.map(minute), "{events}");
        }
    }
}
