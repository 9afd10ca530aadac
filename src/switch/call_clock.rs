//! The clock of one call: it starts at the call's arrival and runs with the monotonic clock, so
//! that a jump of the machine's wall clock changes no duration of the call.

use std::time::Duration;

use crate::base::Mono;
use crate::base::Now;
use crate::base::Wall;

/// The longest time that a call is taken to have gone on while no program watched it: the longest
/// dial. The wall clock says how long that was, and it may have jumped meanwhile.
const UNWATCHED_MAX: Duration = Duration::from_secs(4 * 3_600 + 600);

/// Difference up to which a call's clock and the machine's agree: less than a heartbeat.
const AGREE: Duration = Duration::from_secs(1);

/// Gives the instants of one call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallClock {
    wall: Wall,
    mono: Mono,
}

impl CallClock {
    /// Returns the clock of a call that arrives now.
    pub(super) fn start(now: Now) -> Self {
        Self { wall: now.wall, mono: now.mono }
    }

    /// Returns the clock of a call that an earlier program saw live at `seen_at` by the call's own
    /// clock. Only the wall clock says how long ago that was: never less than nothing, and no
    /// longer than a call lasts.
    pub(super) fn resume(seen_at: Wall, now: Now) -> Self {
        let unwatched = now.wall.since(seen_at).min(UNWATCHED_MAX);
        Self { wall: seen_at + unwatched, mono: now.mono }
    }

    /// Returns both clocks of the call at an instant of the machine's.
    pub(super) fn now(&self, now: Now) -> Now {
        Now { wall: self.at(now), mono: now.mono }
    }

    /// Returns the instant of the call for a heartbeat: the machine's, while the two clocks agree.
    pub(super) fn shared(&self, now: Now) -> Wall {
        let own = self.at(now);
        let apart = own.since(now.wall).max(now.wall.since(own));
        if apart <= AGREE { now.wall } else { own }
    }

    /// Returns the instant of the call.
    pub(super) fn at(&self, now: Now) -> Wall {
        self.wall + now.mono.since(self.mono)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(mono: u64, wall: i64) -> Now {
        let wall = Wall::from_micros((1_700_000_000 + wall) * 1_000_000);
        Now { mono: Mono::from_nanos(mono * 1_000_000_000), wall }
    }

    /// Seconds from the call's start.
    fn second(clock: &CallClock, now: Now) -> i64 {
        (clock.at(now).micros() / 1_000_000) - 1_700_000_000
    }

    #[test]
    fn a_jump_of_the_wall_clock_changes_no_duration_of_a_call() {
        let clock = CallClock::start(now(10, 0));
        for (wall, expected) in [(60, 60), (86_460, 60), (3_660, 60), (-3_540, 60), (61, 60)] {
            assert_eq!(second(&clock, now(70, wall)), expected, "{wall}");
        }
    }

    #[test]
    fn heartbeats_of_calls_whose_clocks_agree_share_an_instant() {
        let (start, later) = (now(10, 0), now(70, 60));
        let clock = CallClock::start(start);
        assert_eq!(clock.shared(later), later.wall);
        for (wall, expected) in [(61, 61), (62, 60), (86_460, 60), (-3_540, 60)] {
            let expected = now(0, expected).wall;
            assert_eq!(clock.shared(now(70, wall)), expected, "{wall}");
        }
    }

    #[test]
    fn a_call_of_an_earlier_program_goes_on_within_bounds() {
        let seen_at = now(0, 100).wall;
        for (wall, expected) in [(107, 107), (50, 100), (-86_400, 100), (86_400, 100 + 15_000)] {
            let clock = CallClock::resume(seen_at, now(3_600, wall));
            assert_eq!(second(&clock, now(3_600, wall)), expected, "{wall}");
            assert_eq!(second(&clock, now(3_605, wall + 5)), expected + 5, "{wall}");
        }
    }
}
