//! A step that meets a stalled database tries again, while its carrier is sent back to the step.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::StoreError;

/// Pause before the second try; it doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(250);
/// Longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(4);
/// How long a live call's step is tried. No caller waits longer.
const LIVE_MAX: Duration = Duration::from_secs(120);
/// How long a new call is tried before it is rejected: it may be routed elsewhere.
const NEW_MAX: Duration = Duration::from_secs(20);

/// What is left of the time for further tries; the tries themselves do not count.
#[derive(Debug)]
pub(super) struct Stall {
    pause: Duration,
    left: Duration,
}

impl Stall {
    /// Returns that of a live call's step.
    pub(super) fn of_live_call() -> Self {
        Self { pause: PAUSE, left: LIVE_MAX }
    }

    /// Returns that of a new call.
    pub(super) fn of_new_call() -> Self {
        Self { pause: PAUSE, left: NEW_MAX }
    }

    /// Waits until the next try. Returns false when there is none: the error does not pass by
    /// itself, the time is up, or the node stops.
    pub(super) async fn wait(&mut self, error: &StoreError, stop: &CancellationToken) -> bool {
        let Some(pause) = self.next(error) else { return false };
        if pause == PAUSE {
            tracing::warn!(%error, "webhook step waited for the database");
        }
        tokio::select! {
            () = stop.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    /// Returns the pause before the next try after an error; `None` when there is none.
    fn next(&mut self, error: &StoreError) -> Option<Duration> {
        if !error.is_passing() || self.left.is_zero() {
            return None;
        }
        let pause = self.pause.min(self.left);
        self.left -= pause;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(mut stall: Stall, error: StoreError) -> Vec<Duration> {
        std::iter::from_fn(|| stall.next(&error)).collect()
    }

    #[test]
    fn a_stall_is_waited_for_within_its_bound() {
        for (stall, error, most) in [
            (Stall::of_live_call(), StoreError::Busy, LIVE_MAX),
            (Stall::of_new_call(), StoreError::Full, NEW_MAX),
        ] {
            let pauses = pauses(stall, error);
            assert_eq!(pauses.iter().sum::<Duration>(), most);
            assert_eq!(pauses.first(), Some(&PAUSE));
            assert_eq!(pauses.iter().max(), Some(&PAUSE_MAX));
        }
        assert_eq!(
            pauses(Stall::of_live_call(), StoreError::Closed),
            Vec::<Duration>::new(),
            "it stays closed"
        );
    }

    #[tokio::test]
    async fn a_node_that_stops_waits_no_longer() {
        let (mut stall, stop) = (Stall::of_live_call(), CancellationToken::new());
        stop.cancel();
        assert!(!stall.wait(&StoreError::Busy, &stop).await);
    }
}
