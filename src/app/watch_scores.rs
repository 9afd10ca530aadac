//! Keeps what scores inquiries up to date: the model in use, and what each source has sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatch;
use crate::dispatch::take_up_scores;
use crate::net::Clock;
use crate::store::Change;
use crate::store::Store;

/// Least time between two readings of what the sources have sent.
const QUALITY_EVERY: Duration = Duration::from_secs(60);
/// Delay before a failed read is repeated.
const AGAIN: Duration = Duration::from_secs(5);

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// The model in use.
    Model,
    /// Something happened to a call or a lead.
    Events,
}

fn of_scores(change: Change) -> Option<News> {
    match change {
        Change::Scores { .. } => Some(News::Model),
        Change::Outbox => Some(News::Events),
        Change::Book { .. }
        | Change::Balances { .. }
        | Change::Budgets { .. }
        | Change::Returns { .. }
        | Change::Pauses { .. }
        | Change::HangUps { .. } => None,
    }
}

/// Follows the store until `end` is cancelled. Nothing is read while nothing happens.
pub(super) async fn run(
    store: Arc<dyn Store>,
    dispatch: Arc<Dispatch>,
    clock: Clock,
    end: CancellationToken,
) {
    let mut changes = store.changes();
    let mut read_at = clock.now().mono;
    // When to read next; `None` while nothing has changed.
    let mut due = None;
    loop {
        let now = clock.now().mono;
        tokio::select! {
            () = end.cancelled() => return,
            found = changes.find(of_scores) => match found {
                None => return,
                Some(News::Model) => due = Some(now),
                Some(News::Events) => due = due.or(Some(read_at + QUALITY_EVERY)),
            },
            () = sleep(due.unwrap_or(now).since(now)), if due.is_some() => {
                let now = clock.now();
                match take_up_scores(store.as_ref(), &dispatch, now.wall).await {
                    Ok(()) => (due, read_at) = (None, now.mono),
                    Err(error) => {
                        tracing::warn!(%error, "scores not updated");
                        due = Some(now.mono + AGAIN);
                    }
                }
            }
        }
    }
}
