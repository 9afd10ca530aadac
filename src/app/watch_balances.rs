//! Takes up what is paid in, whoever entered it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dispatch::take_up_credits;
use crate::switch::Shared;

/// How often the ledger is looked at: a buyer who has paid is called again at once.
const EVERY: Duration = Duration::from_millis(100);

/// Looks for entries that others made, until `end`.
pub(super) async fn run(shared: Arc<Shared>, end: CancellationToken) {
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        // A database that does not answer is reported by the writes that need it.
        let _ = take_up_credits(shared.store.as_ref(), &shared.dispatch).await;
    }
}
