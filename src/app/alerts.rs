//! Writes alerts of the event stream into the outbox.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::dispatch::Dispatch;
use crate::events::Event;
use crate::events::Followed;
use crate::events::Follower;
use crate::events::Subject;
use crate::outbox;
use crate::store::Store;

/// Delay before a failed write is repeated.
const AGAIN: Duration = Duration::from_secs(1);

/// Writes low balances, and trunks that go down or come up, until `end`.
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
        let Some(alert) = alert(&event, &dispatch) else { continue };
        while let Err(error) = store.events_write(vec![alert.clone()]).await {
            tracing::warn!(%error, "an alert was not written");
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }
}

fn alert(event: &Event, dispatch: &Dispatch) -> Option<outbox::Event> {
    match &event.subject {
        Subject::CapFull(full) => {
            outbox::refusal(full, dispatch.snapshot().book().currency(), event.at)
        }
        Subject::TrunkDown(trunk) => Some(outbox::trunk_down(trunk, event.at)),
        Subject::TrunkUp(trunk) => Some(outbox::trunk_up(trunk, event.at)),
        Subject::Call(..)
        | Subject::Book { .. }
        | Subject::GatewayDown(..)
        | Subject::GatewayUp(..) => None,
        // Its own node writes it.
        Subject::Elsewhere(_) | Subject::Missed(_) => None,
    }
}
