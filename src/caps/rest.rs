//! Contracts that rest: after calls that the buyer did not answer, after too many returns, or while
//! the buyer's server is down.

use crate::base::Wall;
use crate::book::PauseCause;
use crate::book::Unanswered;

/// Unanswered calls of one contract, and the end of its rest.
#[derive(Debug, Clone, Default)]
pub(super) struct Rest {
    /// Latest unanswered calls, oldest first; never more than the rule counts.
    unanswered: Vec<Wall>,
    /// End of the current or last rest, and why it began.
    until: Option<(Wall, PauseCause)>,
}

impl Rest {
    /// Returns the end of the current or last rest, and why it began.
    pub(super) fn current(&self) -> Option<(Wall, PauseCause)> {
        self.until
    }

    /// Records an answered call: the count restarts. A rest that has begun runs to its end.
    pub(super) fn answered(&mut self) {
        self.unanswered.clear();
    }

    /// Begins a rest, or continues one that began before a restart or in another program; the one
    /// that lasts longer goes on.
    pub(super) fn rest(&mut self, until: Wall, because: PauseCause) {
        if self.until.is_none_or(|(own, _)| own < until) {
            self.until = Some((until, because));
        }
    }

    /// Ends a rest that was to last until `until`; the count restarts. A rest that lasts longer is
    /// another one, and goes on.
    pub(super) fn resume(&mut self, until: Wall) {
        self.until = self.until.filter(|(own, _)| *own > until);
        if self.until.is_none() {
            self.unanswered.clear();
        }
    }

    /// Records an unanswered call. Returns the end of the rest that it begins.
    pub(super) fn unanswered(&mut self, rule: &Unanswered, at: Wall) -> Option<Wall> {
        self.unanswered.retain(|earlier| *earlier + rule.window > at);
        self.unanswered.push(at);
        if self.unanswered.len() < usize::from(rule.calls) {
            return None;
        }
        self.unanswered.clear();
        let until = at + rule.pause;
        self.rest(until, PauseCause::Unanswered);
        Some(until)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn three_in_a_row_within_the_window() {
        let rule = Unanswered { calls: 3, window: 10 * MINUTE, pause: 30 * MINUTE };
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
                    _ => {
                        rest.unanswered(&rule, minute(at.parse().unwrap()));
                    }
                }
            }
            let found = rest.current().map(|(until, _)| until);
            assert_eq!(found, until.map(minute), "{events}");
        }
    }

    #[test]
    fn a_rest_is_continued_and_resumed() {
        let at = |minute: u32| Wall::from_micros(0) + MINUTE * minute;
        // `rN` continues a rest until a minute, `sN` resumes the rest that lasts until that minute.
        for (events, until) in [
            ("r30", Some(30)),
            ("r30 r20", Some(30)),
            ("r30 s30", None),
            ("r30 s20", Some(30)),
            ("r30 s40", None),
            ("s30", None),
        ] {
            let mut rest = Rest::default();
            for event in events.split(' ') {
                let (what, minute) = event.split_at(1);
                let until = at(minute.parse().unwrap());
                match what {
                    "r" => rest.rest(until, PauseCause::Returns),
                    _ => rest.resume(until),
                }
            }
            assert_eq!(rest.current(), until.map(|m| (at(m), PauseCause::Returns)), "{events}");
        }
        let rule = Unanswered { calls: 2, window: 10 * MINUTE, pause: 30 * MINUTE };
        let mut rest = Rest::default();
        rest.unanswered(&rule, at(0));
        rest.resume(at(30));
        rest.unanswered(&rule, at(1));
        assert_eq!(rest.current(), None, "the count begins anew");
    }
}
