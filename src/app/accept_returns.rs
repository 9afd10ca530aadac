//! Accepts open returns when their time has come.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::base::Wall;
use crate::net::Clock;
use crate::store::Change;
use crate::store::Store;

/// Delay before a failed write is retried.
const AGAIN: Duration = Duration::from_secs(1);
/// Longest sleep: a jump of the wall clock delays a return no longer.
const SLEEP_MAX: Duration = Duration::from_secs(3_600);

/// Accepts returns until `end` is cancelled. Sleeps until the next one is due, or one is asked for.
pub(super) async fn run(store: Arc<dyn Store>, clock: Clock, end: CancellationToken) {
    let mut changes = store.changes();
    loop {
        let now = clock.now().wall;
        let due = store.returns_accept_due(now).await;
        if let Err(error) = &due {
            tracing::error!(%error, "due returns not accepted");
        }
        let sleep = match due {
            Ok(next) => next.map(|next| until(now, next)),
            Err(_) => Some(AGAIN),
        };
        if !wait(&mut changes, sleep, &end).await {
            return;
        }
    }
}

/// Returns the time until a return is due, at most [`SLEEP_MAX`].
fn until(now: Wall, next: Wall) -> Duration {
    next.since(now).min(SLEEP_MAX)
}

/// Waits until a return is asked for or the time has passed. Returns false at the end.
async fn wait(
    changes: &mut crate::store::ChangeStream,
    sleep: Option<Duration>,
    end: &CancellationToken,
) -> bool {
    let timer = async {
        match sleep {
            Some(sleep) => tokio::time::sleep(sleep).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = end.cancelled() => false,
        () = timer => true,
        asked = changes.find(of_returns) => asked.is_some(),
    }
}

fn of_returns(change: Change) -> Option<()> {
    matches!(change, Change::Returns { .. }).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_sleeps_until_the_next_return_is_due() {
        let at = |seconds: i64| Wall::from_micros(seconds * 1_000_000);
        assert_eq!(until(at(10), at(15)), Duration::from_secs(5));
        assert_eq!(until(at(15), at(10)), Duration::ZERO);
        assert_eq!(until(at(0), at(999_999)), SLEEP_MAX);
    }
}
