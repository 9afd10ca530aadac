//! Releases holds that expired. A process that was suspended finds all of them expired when it
//! continues, although their calls are live: they are spared until their calls have renewed them,
//! so that their units are not sold twice.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::base::Mono;
use crate::dispatch::Dispatch;
use crate::net::Clock;
use crate::routing::HOLD_TTL;

/// How often expired holds are looked for.
const SWEEP: Duration = Duration::from_secs(1);
/// By how much a pause may be too long before the process counts as suspended. Live calls renew
/// their holds every 5 s, so that a shorter suspension lets no hold expire.
const LATE_MAX: Duration = Duration::from_secs(10);
/// How long holds are spared after a suspension: three renewals of every live call.
const SPARED: Duration = Duration::from_secs(15);

/// Releases holds that expired, until `end` is cancelled.
pub async fn sweep(dispatch: Arc<Dispatch>, clock: Clock, end: CancellationToken) {
    let mut watch = Watch::new(clock.now().mono);
    loop {
        // A hold made during the pause cannot expire before its time to live.
        let pause = if dispatch.live() == 0 { HOLD_TTL } else { SWEEP };
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let now = clock.now();
        match watch.look(pause, now.mono) {
            Look::Suspended(time) => {
                let seconds = time.as_secs();
                tracing::warn!(seconds, "process was suspended: expired holds are kept for now");
            }
            Look::Spared => {}
            Look::Due => {
                let expired = dispatch.sweep(now).await;
                if expired > 0 {
                    tracing::warn!(expired, "holds expired: not settled or renewed in time");
                }
            }
        }
    }
}

/// What follows from the time that a pause took.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    /// The process was suspended for about this long.
    Suspended(Duration),
    /// It was, a short while ago.
    Spared,
    /// Expired holds are released.
    Due,
}

/// Notices that the process was suspended.
#[derive(Debug)]
struct Watch {
    looked_at: Mono,
    spared_until: Mono,
}

impl Watch {
    fn new(now: Mono) -> Self {
        Self { looked_at: now, spared_until: now }
    }

    /// Returns what follows after a pause that should have had this length.
    fn look(&mut self, pause: Duration, now: Mono) -> Look {
        let late = now.since(self.looked_at).saturating_sub(pause);
        self.looked_at = now;
        if late > LATE_MAX {
            self.spared_until = now + SPARED;
            return Look::Suspended(late);
        }
        if now < self.spared_until { Look::Spared } else { Look::Due }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: u64) -> Mono {
        Mono::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn a_suspended_process_releases_no_hold_before_its_calls_have_renewed_theirs() {
        let mut watch = Watch::new(second(100));
        assert_eq!(watch.look(SWEEP, second(101)), Look::Due);
        assert_eq!(watch.look(SWEEP, second(112)), Look::Due, "a slow machine");
        let suspended = Look::Suspended(Duration::from_secs(90));
        assert_eq!(watch.look(SWEEP, second(203)), suspended);
        assert_eq!(watch.look(SWEEP, second(204)), Look::Spared);
        assert_eq!(watch.look(SWEEP, second(214)), Look::Spared);
        assert_eq!(watch.look(SWEEP, second(218)), Look::Due);
        assert_eq!(watch.look(HOLD_TTL, second(278)), Look::Due, "an idle node");
    }
}
