//! Breakers: they stop attempts to a server that is down, except for a probe after each pause.

use std::time::Duration;

use super::Mono;

/// Failures in a row after which a breaker opens.
const FAILURES_MAX: u32 = 5;
/// First pause of an open breaker. It doubles with each failed probe.
const PAUSE_FIRST: Duration = Duration::from_secs(30);
/// Longest pause of an open breaker, and the longest delay until a recovery is noticed.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// Stops attempts to a server that is down, except for a probe after each pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// Attempts are made.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// No attempt is made before `until`; then one.
    Open {
        /// Time of the next probe.
        until: Mono,
        /// Pause that ends then.
        pause: Duration,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Breaker::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Returns when the next probe is due; `None` while attempts are made.
    pub const fn probe_at(self) -> Option<Mono> {
        match self {
            Breaker::Open { until, .. } => Some(until),
            Breaker::Closed { .. } => None,
        }
    }

    /// Returns whether no attempt is made, except for probes.
    pub const fn is_open(self) -> bool {
        self.probe_at().is_some()
    }

    /// Returns the breaker after an attempt that shows whether the server works.
    #[must_use]
    pub fn after(self, is_alive: bool, now: Mono) -> Self {
        match (self, is_alive) {
            (_, true) => Breaker::Closed { failures: 0 },
            (Breaker::Closed { failures }, false) if failures + 1 < FAILURES_MAX => {
                Breaker::Closed { failures: failures + 1 }
            }
            (Breaker::Closed { .. }, false) => {
                Breaker::Open { until: now + PAUSE_FIRST, pause: PAUSE_FIRST }
            }
            // An attempt that began before the breaker opened is no probe.
            (Breaker::Open { until, .. }, false) if now < until => self,
            (Breaker::Open { pause, .. }, false) => {
                let pause = (pause * 2).min(PAUSE_MAX);
                Breaker::Open { until: now + pause, pause }
            }
        }
    }
}
