//! Writes alerts of the event stream into the outbox.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatch;
use crate::events::Followed;
use crate::events::Follower;
use crate::events::Subject;
use crate::outbox;
use crate::store::Store;

/// Delay before a failed write is repeated.
const AGAIN: Duration = Duration::from_secs(1);

/// Writes low balances and paused contracts until `end`.
pub(super) async fn run(
    mut follower: Follower,
    dispatch: Arc<Dispatch>,
    store: Arc<dyn Store>,
    end: CancellationToken,
) {
    loop {
        let followed = tokio::select! {
            () = end.cancelled() => return,
            followed = follower.next() => followed,
        };
        let event = match followed {
            Some(Followed::Event(event)) => event,
            Some(Followed::Lost(lost)) => {
                tracing::warn!(events = lost.count, "alerts may be missing: events were lost");
                continue;
            }
            None => return,
        };
        let Subject::CapFull(full) = &event.subject else { continue };
        let currency = dispatch.snapshot().book().currency();
        let Some(alert) = outbox::refusal(full, currency, event.at) else { continue };
        while let Err(error) = store.events_write(vec![alert.clone()]).await {
            tracing::warn!(%error, "an alert was not written");
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }
}
