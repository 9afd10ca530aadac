//! The carrier's own time. It moves when a call does, not when a clock ticks.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::base::Mono;
use crate::base::Now;
use crate::base::Wall;
use crate::net::Clock;

/// How time passes in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At once: a call of an hour takes as long as its requests. For tests.
    AtOnce,
    /// As for people: the carrier waits as long as its callers do. For the demo.
    Lifelike,
}

/// Time that calls move on. Clones share it; so does the node under test that is started with
/// [`Time::clock`], and then both sides measure the same seconds.
#[derive(Debug, Clone)]
pub struct Time {
    start: Now,
    pace: Pace,
    micros: Arc<AtomicU64>,
}

impl Time {
    /// Time that stands at `start`.
    pub fn new(start: Wall, pace: Pace) -> Self {
        // Monotonic time begins where there is a past to subtract from.
        let start = Now { mono: Mono::from_nanos(3_600_000_000_000), wall: start };
        Self { start, pace, micros: Arc::new(AtomicU64::new(0)) }
    }

    /// The clock of this time, for the node under test.
    pub fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::new(move || time.now())
    }

    /// The time now.
    pub fn now(&self) -> Now {
        self.start.later(self.passed())
    }

    /// Moves on by `time` at once, at any pace: there are no calls meanwhile.
    pub fn pass(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// Since the start.
    pub(super) fn passed(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::SeqCst))
    }

    /// Moves on to `passed` since the start; never back.
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
