//! Checks the database for changes by other programs: on request at the control socket, and at
//! intervals. Followers of the store's changes wake up.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Interval between checks without a request. It finds changes of programs that could not notify
/// the switch's socket: a program that was killed in between, or a foreign one.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// Checks for changes until `end`.
pub(super) async fn run(store: Arc<dyn Store>, end: CancellationToken) {
    tokio::select! {
        () = end.cancelled() => {}
        () = look(store.as_ref()) => {}
    }
}

async fn look(store: &dyn Store) {
    loop {
        tokio::time::sleep(LOOK).await;
        // Writes report a database that fails.
        let _ = store.changes_look().await;
    }
}
