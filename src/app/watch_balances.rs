//! Applies credits and corrections that were entered after the end of calls, by this program or
//! another, so that a buyer who has paid gets calls at once.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatch;
use crate::dispatch::take_up_credits;
use crate::store::Change;
use crate::store::Store;

/// Delay before a failed read of entries is retried.
const AGAIN: Duration = Duration::from_secs(1);

fn of_balances(change: Change) -> Option<()> {
    matches!(change, Change::Balances { .. } | Change::Budgets { .. }).then_some(())
}

/// Applies entries that others made, until `end` is cancelled.
pub(super) async fn run(store: Arc<dyn Store>, dispatch: Arc<Dispatch>, end: CancellationToken) {
    let mut changes = store.changes();
    let mut failed = false;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            changed = changes.find(of_balances) => if changed.is_none() { return },
            () = tokio::time::sleep(AGAIN), if failed => {}
        }
        // Writes report a database that fails.
        failed = take_up_credits(store.as_ref(), &dispatch).await.is_err();
    }
}
