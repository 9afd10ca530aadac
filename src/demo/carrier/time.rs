//! The carrier's own time. Calls advance it, not a clock.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::base::Mono;
use crate::base::Now;
use crate::base::Wall;
use crate::net::Clock;

/// Pace of time in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Immediately: a call of an hour takes as long as its requests. For tests.
    AtOnce,
    /// Real time: the carrier waits as long as its callers. For the demo.
    Lifelike,
}

/// Time that calls advance. Clones share it, and so does a node under test that was started with
/// [`Time::clock`]: both sides measure the same seconds.
#[derive(Debug, Clone)]
pub struct Time {
    start: Now,
    pace: Pace,
    micros: Arc<AtomicU64>,
}

impl Time {
    /// Creates a time that starts at `start`.
    pub fn new(start: Wall, pace: Pace) -> Self {
        // Monotonic time starts above zero, so that earlier times can be subtracted.
        let start = Now { mono: Mono::from_nanos(3_600_000_000_000), wall: start };
        Self { start, pace, micros: Arc::new(AtomicU64::new(0)) }
    }

    /// Returns the clock of this time, for the node under test.
    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || time.now())
    }

    /// Returns the current time.
    pub fn now(&self) -> Now {
        self.start.later(self.passed())
    }

    /// Advances by `time` at once, at any pace; no calls may run meanwhile.
    pub fn pass(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// Returns the time since the start.
    pub(super) fn passed(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::SeqCst))
    }

    /// Advances to `passed` since the start; never back.
    pub(super) async fn until(&self, passed: Duration) {
        let before = self.passed();
        if self.pace == Pace::Lifelike && passed > before {
            tokio::time::sleep(passed - before).await;
        }
        let micros = u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_max(micros, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_moves_with_calls_and_never_back() {
        let start: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        let time = Time::new(start, Pace::AtOnce);
        let clock = time.clock();
        time.clone().until(Duration::from_secs(7200)).await;
        time.until(Duration::from_secs(60)).await;
        assert_eq!(clock.now().wall, start + Duration::from_secs(7200));
        assert_eq!(time.passed(), Duration::from_secs(7200));
    }
}
