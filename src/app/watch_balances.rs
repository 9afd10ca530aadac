//! Takes up what is paid in, whoever entered it: a buyer who has paid is called again at once.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dispatch::take_up_credits;
use crate::store::Change;
use crate::switch::Shared;

/// How soon entries that could not be read are tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Takes up entries that others made, until `end`.
pub(super) async fn run(shared: Arc<Shared>, end: CancellationToken) {
    let mut changes = shared.store.changes();
    let mut failed = false;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            change = changes.next() => match change {
                Some(Change::Balances { .. }) => {}
                Some(Change::Book { .. }) => continue,
                None => return,
            },
            () = tokio::time::sleep(AGAIN), if failed => {}
        }
        // A database that does not answer is reported by the writes that need it.
        failed = take_up_credits(shared.store.as_ref(), &shared.dispatch).await.is_err();
    }
}
