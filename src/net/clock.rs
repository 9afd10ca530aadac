//! Clocks. [`Clock::system`] is the program's one reader of the machine's clocks; everything else
//! takes [`Now`] as an argument.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use crate::base::Mono;
use crate::base::Now;
use crate::base::Wall;

/// Monotonic time at the start.
const PAST: Duration = Duration::from_secs(3_600);

/// Reads both clocks. Cheap to clone; tests bring their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Now + Send + Sync>);

impl Clock {
    /// A clock that asks `read`.
    pub fn new(read: impl Fn() -> Now + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The machine's clocks; monotonic time counts from an hour ago, so that there is a past to
    /// subtract from. The wall clock is read again each time, so that its jumps are seen, and
    /// monotonic durations are not touched by them.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads a clock")]
    pub fn system() -> Self {
        let origin = Instant::now();
        Self::new(move || {
            let nanos = (PAST + origin.elapsed()).as_nanos();
            let micros =
                SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
            Now {
                mono: Mono::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)),
                wall: Wall::from_micros(i64::try_from(micros).unwrap_or(i64::MAX)),
            }
        })
    }

    /// The time now.
    pub fn now(&self) -> Now {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
