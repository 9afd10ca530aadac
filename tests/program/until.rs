//! Waiting for another process.

use std::time::Duration;

/// Interval between checks of another process.
const LOOK: Duration = Duration::from_millis(10);
/// Maximum number of checks: half a minute.
const LOOKS_MAX: u32 = 3_000;

/// Waits until a condition outside this process holds.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    until_within(LOOKS_MAX, what, is_so);
}

/// Waits like [`until`], up to two minutes: nodes find after one that another is dead.
pub(crate) fn until_dead(what: &str, is_so: impl Fn() -> bool) {
    until_within(4 * LOOKS_MAX, what, is_so);
}

/// Lets other processes go on for a while.
#[expect(clippy::disallowed_methods, reason = "another process has no event to wait for")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn until_within(looks: u32, what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..looks {
        if is_so() {
            return;
        }
        pause(LOOK);
    }
    panic!("it never came about that {what}");
}
