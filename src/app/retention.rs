//! Removes details of calls that ended long ago, by the setting `[database] keep_details`.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::net::Clock;
use crate::store::Store;
use crate::store::StoreError;

/// Interval between passes.
const EVERY: Duration = Duration::from_secs(3_600);

/// Removes details older than `keep` until `end`; never, without a limit.
pub(super) async fn run(
    store: Arc<dyn Store>,
    clock: Clock,
    keep: Option<Duration>,
    end: CancellationToken,
) {
    let Some(keep) = keep else { return end.cancelled().await };
    tokio::select! {
        () = end.cancelled() => {}
        () = passes(store.as_ref(), &clock, keep) => {}
    }
}

async fn passes(store: &dyn Store, clock: &Clock, keep: Duration) {
    loop {
        if let Err(error) = pass(store, clock, keep).await {
            tracing::warn!(%error, "details of ended calls not removed");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Removes the details of every call that ended longer ago than `keep`.
async fn pass(store: &dyn Store, clock: &Clock, keep: Duration) -> Result<(), StoreError> {
    let before = clock.now().wall - keep;
    let mut cursor = None;
    loop {
        cursor = store.call_details_remove(before, cursor).await?;
        if cursor.is_none() {
            return Ok(());
        }
    }
}
