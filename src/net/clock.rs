//! Clocks. Only [`Clock::system`] reads the machine's clocks; all other code takes [`Now`] as an
//! argument.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use crate::base::Mono;
use crate::base::Now;
use crate::base::Wall;

/// Monotonic time at the start of the program.
const PAST: Duration = Duration::from_secs(3_600);

/// Reader of both clocks. Cheap to clone; tests pass their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Now + Send + Sync>);

impl Clock {
    /// Creates a clock that calls `read`.
    pub fn new(read: impl Fn() -> Now + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Creates a clock that reads the machine's clocks. Monotonic time starts at one hour, so that
    /// earlier times can be computed. The wall clock is read each time, so that it follows jumps;
    /// monotonic durations do not.
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

    /// Returns the current time.
    pub fn now(&self) -> Now {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
